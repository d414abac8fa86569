import { dayInShort, dayInWords } from '../days.ts'
import type { Texts } from '../texts.ts'

/** A class as a sentence names it. */
interface ClassWords {
  name: string
  date: string
  start: string
  location: string
}

const day = (date: string) => dayInWords('en', date)
const classLine = (slot: ClassWords) => `${slot.name}, ${day(slot.date)} at ${slot.start}`
/** A class as a button names it, which is narrow on a phone. */
const classLabel = (slot: ClassWords) => `${slot.name}, ${dayInShort('en', slot.date)} ${slot.start}`
const place = (slot: ClassWords) =>
  slot.location && slot.location !== slot.name ? `\n📍 ${slot.location}` : ''

export const sport: Texts['sport'] = {
  day,
  classLine,
  classLabel,

  reasons: {
    full: 'The class is full.',
    'already-booked': 'The site says it is booked already, but I cannot find it in your list.',
    'not-open-yet': 'Booking is not open yet.',
    'over-limit': 'You have reached the site’s booking limit: cancel one and try again.',
    overlap: 'You already have another booking at that time.',
    'no-subscription': 'Your subscription does not cover this activity: check it on the site.',
    'certificate-expired': 'Your medical certificate is missing or expired: hand it in and try again.',
    'class-gone': 'The class is no longer on the schedule.',
    'booking-not-found': 'This booking is no longer on the site.',
    'session-expired': 'The login to the site has expired.',
    'bad-credentials':
      'The Politecnico did not accept your person code and password. I will not try again, so that your account is not locked: link it again with the right ones.',
    'password-expired': 'Your Politecnico password has expired: change it, then link your account again.',
    'otp-refused':
      'The one-time code was not accepted: check that you gave me the right key and link your account again.',
    'login-elsewhere':
      'The login leads to a page that is not the Politecnico’s: I typed none of your data there, and I am reporting it to the person who runs me.',
    'login-limited':
      'Too many login attempts: wait a while and try again. After each failure the wait gets longer, up to a day.',
    'sso-down': 'The Politecnico login is not answering.',
    'site-down': 'The Polimisport site is not answering.',
    'rate-limited': 'The site asks to slow down.',
    'browser-busy': 'Too many logins at once right now: I am waiting for my turn.',
    'markup-changed':
      'The site has changed and I do not understand it: I am reporting it to the person who runs me.',
    'answer-lost': 'The site’s answer was lost and your list does not show the booking.',
    'not-listed': 'The site said yes, but your list of bookings does not show it: please check on the site.',
    refused: 'The site said no.',
    withdrawn: 'Request withdrawn.',
    'too-late': 'The class is about to begin, or has begun.',
    'not-linked': 'Your account is not linked.',
    'session-needed': 'The login you gave me has expired: send me a new one with /sessione_sport.',
    'watch-ended': 'No place was freed within the limit you gave me.',
    'weekly-off': 'This weekly booking is paused, or you skipped or deleted it.',
    internal: 'Something broke on my side, sorry.',
  },
  siteSays: (words) => `The site says: “${words}”`,

  kinds: {
    book: 'Booking',
    cancel: 'Cancellation',
    check: 'Check of your bookings',
    link: 'Linking your account',
    'dry-run': 'Dry run',
  },
  actionTitle: (id, kind, slot) => `${kind} no. ${id}${slot ? `\n${classLine(slot)}${place(slot)}` : ''}`,
  stages: {
    queued: '🕐 Queued…',
    ready: '🏁 All set: waiting for the opening.',
    paused: '⏸ Paused.',
    login: '🔑 Logging in…',
    schedule: '🗓 Reading the schedule…',
    booking: '✍️ Booking…',
    cancelling: '✍️ Cancelling…',
    verifying: '🔎 Checking your list on the site…',
  },
  opening: (date, time) => `🕐 Booking opens ${day(date)} at ${time}: leave it to me.`,
  watching: (date, time) =>
    `👀 It is full: I am watching it until ${day(date)}, ${time}, and will take the first place that is freed.`,
  retrying: (why, time) => `🔁 ${why} Trying again at ${time}.`,
  failed: (why) => `❌ ${why}`,
  withdrawn: (why) => `🚫 ${why}`,
  doneBook: '✅ Booked: it is in your list on the site.',
  doneCancel: '✅ Cancelled: the place is free again.',
  doneCheck: (count) =>
    count === 0
      ? '✅ No bookings ahead.'
      : count === 1
        ? '✅ One booking ahead.'
        : `✅ ${count} bookings ahead.`,
  doneLink: '✅ Account linked: it works.',
  dryRunAlive: '✅ The login to the site is still valid.',
  dryRunRenewed: '✅ I logged in to the site again: it works.',
  dryRunSlot: (slot, places) =>
    `I would book: ${classLine(slot)}${place(slot)}${places === null ? '' : `\nPlaces left: ${places}`}\nI have booked nothing.`,
  dryRunNothing: 'There is no class to book, or it is not on the schedule.',
  withdraw: 'Withdraw',
  next: {
    wait: '👀 Wait for a place',
    another: '🧘 Another class',
    first: '🧘 Book a class',
    mine: '📋 My bookings',
    cancel: '❌ Cancel',
    link: '🔑 Link again',
  },

  booked: (slot) => `✅ Booked: ${classLine(slot)}${place(slot)}`,
  bookedAlternative: (slot, wanted) =>
    `✅ ${classLine(wanted)}: no place left. I took your alternative:\n${classLine(slot)}${place(slot)}`,
  notBooked: (slot, why) => `❌ Not booked: ${classLine(slot)}\n${why}`,
  nowWatching: (slot) => `👀 ${classLine(slot)}: it is full. If a place is freed I will take it.`,
  released: (slot) => `↩️ I gave the place back: ${classLine(slot)}.`,
  notReleased: (slot, why) => `⚠️ I could not cancel ${classLine(slot)}: it is still booked.\n${why}`,

  askKeep: (slot, date, time) =>
    `❓ ${classLine(slot)}${place(slot)}\nIt is booked: are you going? Answer by ${day(date)}, ${time}; otherwise I cancel it and someone else gets the place.`,
  askBook: (slot, time) =>
    `❓ ${classLine(slot)}${place(slot)}\nShall I book it? Answer by ${time}. (Popular classes may be full by now.)`,
  confirm: '👍 I’m going',
  skip: '👎 I’m not going',
  keptAnswer: (slot) => `✅ Confirmed: ${classLine(slot)}. Enjoy!`,
  bookAnswer: (slot) => `✅ ${classLine(slot)}: booking it.`,
  skippedKeep: (slot) => `↩️ ${classLine(slot)}: all right, I’m cancelling the booking.`,
  skippedBook: (slot) => `↩️ ${classLine(slot)}: all right, I won’t book it.`,
  lapsedKeep: (slot) =>
    `⌛ ${classLine(slot)}\nYou didn’t answer: I’m cancelling the booking, so that someone else gets the place.`,
  lapsedBook: (slot) => `⌛ ${classLine(slot)}\nYou didn’t answer: I didn’t book it.`,
  stillBooked: (slot: ClassWords) => `✅ ${classLine(slot)}: stays booked.`,
  voided: (slot) => `${classLine(slot)}: it is no longer booked.`,

  delayed: (slot: ClassWords, why: string, date: string, time: string) =>
    `⏳ ${classLine(slot)}: I have not managed it yet.\n${why}\nI keep trying until ${day(date)} at ${time}.`,
  precheck: (slot, date, time, why) =>
    `⚠️ Booking of ${classLine(slot)} opens ${day(date)} at ${time}, but right now I couldn’t book it.\n${why}`,
  sessionNeeded:
    '🔑 The login you gave me has expired. To go on, send me a new one with /sessione_sport, or link your account.',
  accountBlocked: (why) => `🔑 ${why}`,
  foundBooked: (slot) => `✅ ${classLine(slot)} is booked: it showed up later in your list on the site.`,
  gone: (slot) => `ℹ️ ${classLine(slot)} is no longer in your list on the site.`,

  csvHeader: ['when', 'what', 'class', 'place', 'day', 'time', 'reason'],
}
