import type { Texts } from '../texts.ts'

/** Early notices: slots that an office shows before they can be booked. */
export const early: Texts['early'] = {
  title: (from) => `Coming up, bookable today ${from}:`,
  note: 'When booking opens I will write again, if there are still places for you.',
  calendar: '📆 Add to calendar',
  entry: (office) => `Passport: booking opens (${office})`,
  on: '⏳ Early notice of places: yes',
  off: '⏳ Early notice of places: no',
  ask: 'Some offices show places at night that can only be booked in the morning. Shall I tell you as soon as I see them? I will write once, without a sound; when booking opens I will alert you as always.',
  sent: (time) => `📆 early notice sent at ${time}`,
  held: (time) => `📆 early notice at ${time}, when your quiet hours are over`,
  hint: '⏳ Want to know as soon as an office shows places? Turn on “Early notice of places” in the settings.',
  tick: 'Early notice of places: message me once, without a sound, as soon as an office shows places that can be booked later',
}
