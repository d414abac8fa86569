import type { Texts } from '../texts.ts'

/** "Why do I get no alerts?": what holds them back, and what became of the last slots. */
export const why: Texts['why'] = {
  title: 'Why you get no alerts',
  paused:
    '⏸ I cannot check the portal now: I need a new login. I will go on by myself as soon as the person who runs me renews it.',
  outage: (names) => `⚠️ I cannot check these now: ${names}. I keep trying.`,
  booked: (names) => `✅ You booked: no more alerts for ${names}.`,
  muted: (names) => `🔕 You muted: ${names}.`,
  filters: (filters) => `🔍 You set filters (${filters}): I do not tell you about other places.`,
  silent: (from, to) => `🌙 From ${from} to ${to} I message you without a sound.`,
  digest: (from, to) =>
    `🌙 From ${from} to ${to} I do not message you: I tell you everything together at ${to}.`,
  fine: '✅ All is well: nothing on my side holds alerts back. I will message you as soon as a new place frees up.',
  open: '🤔 What became of the last places?',
  recent: 'The last places seen in your provinces',
  recentNone: 'In the last seven days I saw no new places in your provinces.',
  seen: (day, time) => `seen ${day} at ${time}`,
  today: 'today',
  yesterday: 'yesterday',
  slots: (first, time, others) =>
    `${first} at ${time}${others === 0 ? '' : others === 1 ? ' and one more time' : ` and ${others} more times`}`,
  outcome: {
    sent: (time, after) => `I told you at ${time}, ${after} after I saw it`,
    digest: (time) => `I told you at ${time}, when your quiet hours were over`,
    sending: 'I am sending it to you now',
    held: (time) => `I will tell you at ${time}, when your quiet hours are over`,
    gone: 'taken by somebody else before I could tell you',
    filtered: (filter) => `your filters exclude it${filter && ` (${filter})`}`,
    booked: 'I did not tell you: you already have an appointment',
    muted: 'you had muted the province',
    tooEarly: 'you did not follow the province yet',
    notDelivered: 'I could not deliver it to you',
    unknown: 'I did not tell you: perhaps your filters were different then, or the province was muted',
    opensLater: (from) => `it can be booked ${from}: I will tell you then`,
    secondReading:
      'I am checking again: if it is still there I will tell you (this office gives many false alarms)',
    unconfirmed: 'gone at the second look: a false alarm, or taken at once',
    goneEarly: 'taken before it could be booked',
  },
  reported: 'you reported it as a false alarm',
  presentChoices:
    'Filters and mutes are those of now: if you changed them, the reason at that time may be another one.',
}
