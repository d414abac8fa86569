import type { Texts } from '../texts.ts'

const places = (count: number) => (count === 1 ? '1 place' : `${count} places`)

/** What an alert says. */
export const alerts: Texts['alerts'] = {
  headline: (place, count, day, time, more) =>
    `${place}: ${places(count)}, ${more ? 'from ' : ''}${day} ${time}`,
  headlineGone: (place) => `${place}: no places left`,
  provinces: (first, others) =>
    others.length > 2 ? `${first} and ${others.length} more` : [first, ...others].join(', '),
  newSlots: (from) => `New availability${from === null ? '' : `, bookable ${from}`}:`,
  enoughPlaces: (from) => `Enough places now${from === null ? '' : `, bookable ${from}`}:`,
  tooFewLeft: 'No longer enough places:',
  allGone: 'No longer available:',
  firstDate: 'First date:',
  availability: 'Availability:',
  slot: (date, time, count) => `${date} at ${time} · ${places(count)}`,
  moreSlots: (count) => (count === 1 ? '…and one more time' : `…and ${count} more times`),
  together: (date, count, runs) =>
    `👨‍👩‍👧 ${date}: ${count} places in all${runs.length > 0 ? `, in a row ${runs.map(([first, last]) => `from ${first} to ${last}`).join(' and ')}` : ''}`,
  tooFewOnDay: (date, count) => `👨‍👩‍👧 ${date}: only ${places(count)} left, no longer enough`,
  office: 'Office:',
  address: 'Address:',
  book: '🔗 Book on the portal',
  falseAlarm: '👻 It was not there',
  falseAlarmThanks: 'Thank you, I noted it: if an office is often wrong, I check again before I tell you.',
  copyOffice: '📋 Copy the office',
  copyAddress: '📋 Copy the address',
  digestTitle: 'These places became free during your quiet hours:',
  blind: (province) =>
    `⚠️ For ten minutes I have not been able to check ${province}. I keep trying and will tell you as soon as I can.`,
  sight: (province) => `✅ I can check ${province} again: if a place frees up, I will tell you.`,
  filterExpired: (date) =>
    `📅 You asked only for appointments before ${date}. That day has come: with this date I have nothing left to tell you. Would you like to change it or remove it?`,
  filterChange: '✏️ Change the date',
  filterRemove: '❌ Remove the date',
  exampleTitle: '🔔 Example ·',
  exampleOffice: (province) => `Questura di ${province}`,
  exampleNote:
    'This is only an example: these places do not exist. Under a real alert there is a button to book.',
  exampleSoon:
    '🔔 In ten seconds I will send you a sample alert: close Telegram and see whether you hear it. If it stays silent, check the notifications of this chat and of your phone.',
  exampleSoonSilent:
    '🔔 In ten seconds I will send you a sample alert. These are your quiet hours: it will come without a sound, as real alerts do.',
  exampleSoonDigest: (to) =>
    `🔔 In ten seconds I will send you a sample alert, without a sound: these are your quiet hours. Real alerts now wait until ${to}.`,
}
