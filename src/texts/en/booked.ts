import type { Texts } from '../texts.ts'

export const booked: Texts['booked'] = {
  button: '✅ I booked',
  ask: (name) =>
    `Well done! Do you still want alerts for ${name}? If you look for a better date, tell me yours: I write only about earlier ones.`,
  stop: '🛑 No, stop the alerts',
  earlier: (day) => `📅 I have ${day}: only earlier`,
  other: '✏️ Type my date',
  not: '↩️ I did not book',
  stopped: (name) =>
    `✅ ${name}: well done, I stop the alerts. If you change your mind, one tap resumes them.`,
  kept: (name, date) => `✅ ${name}: I tell you only of appointments before ${date}.`,
  warning: (date) =>
    `⚠️ You have ${date} already. To move it, the portal makes you cancel it first, and the new place may be gone by then: you may lose both.`,
  forgotten: (name) => `🔔 ${name}: I tell you about all dates.`,
  goesOn: (name) => `All right: alerts for ${name} go on as before.`,
  typed: 'Type the date of your appointment, such as “31 December 2026”.',
  past: 'This date is past: type that of your appointment.',
  far: 'This date is too far away: type that of your appointment.',
  again: '🔔 Tell me about all dates',
  change: '✏️ Change the date',
  statusStopped: '✅ You booked: no more alerts',
  statusKept: (date) => `✅ You booked for ${date}: I tell you only of earlier dates`,
  item: (name, code) => `• ${name} (${code}) ✅ booked`,
  words: 'you booked already',
  wordsEarlier: (date) => `before your appointment on ${date}`,
  count: (count) => `Booked in the last 30 days: ${count}`,
  countLabel: 'Booked in the last 30 days',
}
