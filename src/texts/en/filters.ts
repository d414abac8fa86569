import { weekdayName } from '../days.ts'
import type { Texts } from '../texts.ts'

const times = (count: number) => (count === 0 ? 'never' : count === 1 ? 'once' : `${count} times`)
const lasting = (days: number) => (days === 1 ? 'day' : `${days} days`)
const known = (days: number) => (days === 1 ? 'one day' : `${days} days`)
const would = (alerts: number, unfiltered: number) =>
  `I would ${alerts === 0 ? 'never have alerted you' : `have alerted you ${times(alerts)}`}${unfiltered > alerts ? ` (${times(unfiltered)} without filters)` : ''}`

const day = (weekday: number) => weekdayName('en', weekday, 'short')

export const filters: Texts['filters'] = {
  never: '⚠️ These dates and days together leave no day at all: I would never write to you.',
  preview: (days, alerts, unfiltered) => `🔎 In the last ${lasting(days)}, ${would(alerts, unfiltered)}.`,
  previewShort: (days, alerts, unfiltered) =>
    `🔎 I have been checking your provinces for ${known(days)}: so far ${would(alerts, unfiltered)}.`,
  previewTooShort:
    '🔎 I have been checking your provinces for less than a day: I cannot say yet how many alerts you would get.',
  previewSince: (name, days) =>
    days < 1
      ? `I have been checking ${name} for less than a day.`
      : `I have been checking ${name} for only ${known(days)}.`,
  previewSomeShorter: 'I have been checking some provinces for a shorter time.',

  weekdays: {
    all: '📆 Days: all',
    some: (weekdays) => `📆 Days: ${weekdays.map(day).join(', ')}`,
    ask: 'On which days of the week do you want the appointment? If you choose none, I alert you to all of them.',
    day: (weekday) => weekdayName('en', weekday, 'long'),
    working: 'Monday to Friday',
    weekend: 'Saturday and Sunday',
    every: '❌ Every day',
    words: (weekdays) => `only ${weekdays.map(day).join(', ')}`,
  },
  fromDay: {
    on: (date) => `📅 Dates: from ${date}`,
    between: (from, before) => `📅 Dates: from ${from}, before ${before}`,
    type: '✏️ Not before…',
    typed: 'Type the first day that suits you: I will only tell you about appointments from that day on.',
    off: '❌ Remove the first day',
    saved: (date) => `Done: I will only tell you about appointments from ${date} on.`,
    afterLimit: (date) => `You asked only for appointments before ${date}: type a day that comes before it.`,
    beforeFirst: (date) => `You asked only for appointments from ${date} on: type a day that comes after it.`,
    words: (date) => `from ${date}`,
  },
  dayPlaces: {
    on: (count) => `👥 Places: ${count} on the same day`,
    choose: '👨‍👩‍👧 On the same day, at different times too',
    chosen: (count) => `✅ ${count} on the same day`,
    ask: 'How many places do you need on the same day at the same office? I add up those of all times, and the alert says which follow one another.',
    atOneTime: '👥 All at the same time',
    words: (count) => `${count} places on the same day`,
  },
  hours: {
    on: (windows) => `🕘 Times: ${windows}`,
    add: '➕ Another time window',
    addTyped: (windows) =>
      `I now tell you about appointments ${windows}. Type the time window to add, such as “15-17”.`,
    typed: 'Type from when to when, such as “9-12:30”. Several like this: “9-12, 15-17”.',
    wrong: 'I did not understand the times. Type them like this: “9-12:30”, the first before the second.',
    tooMany: (most) => `I can keep ${most} time windows at most: type fewer.`,
    saved: (windows) => `Done: I will only tell you about appointments ${windows}.`,
    window: (from, to) => `from ${from} to ${to}`,
    or: ' or ',
  },
}
