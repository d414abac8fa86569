import type { Texts } from '../texts.ts'

export const booked: Texts['booked'] = {
  button: '✅ I booked',
  buttonIn: (name) => `✅ Booked: ${name}`,
  ask: (name) =>
    `Well done! Do you still want alerts for ${name}? If you are looking for a better date, tell me yours: I will only write about earlier ones.`,
  stop: '🛑 No, stop the alerts',
  earlier: (day) => `📅 I have ${day}: only earlier`,
  other: '✏️ Type my date',
  not: '↩️ I did not book',
  stopped: (name) =>
    `✅ ${name}: well done, no more alerts. If you change your mind, one tap brings them back.`,
  kept: (name, date) => `✅ ${name}: I will only tell you about appointments before ${date}.`,
  warning: (date) =>
    `⚠️ You already have ${date}. To move it, the portal makes you cancel it first, and the new place may be gone by then: you may lose both.`,
  forgotten: (name) => `🔔 ${name}: I will tell you about all dates.`,
  goesOn: (name) => `All right: alerts for ${name} go on as before.`,
  typed: 'Type the date of your appointment, such as “31 December 2026”.',
  past: 'That date has passed: type the date of your appointment.',
  far: 'That date is too far away: type the date of your appointment.',
  again: '🔔 Tell me about all dates',
  change: '✏️ Change the date',
  statusStopped: '✅ You booked: no more alerts',
  statusKept: (date) => `✅ You booked for ${date}: I only tell you about earlier dates`,
  item: (name, code) => `• ${name} (${code}) ✅ booked`,
  wordsEarlier: (date) => `before your appointment on ${date}`,
  count: (count) => `Booked in the last 30 days: ${count}`,
  countLabel: 'Booked in the last 30 days',
}
