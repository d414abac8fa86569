import type { Texts } from '../texts.ts'

/** What operators read about how the service stands, and what they can do about it. */
export const service: Texts['service'] = {
  seeSessions: '🔑 Sessions',
  seeService: '📊 Service status',
  seeLetters: '📭 Unprocessed messages',
  dashboard: '📈 Charts and costs',
  refresh: '🔄 Refresh',
  begun: {
    noSession:
      '🔴 No portal session works: reading has stopped. It starts again by itself as soon as you send me one with /sessione.',
    lag: (minutes, queued) =>
      `🔴 Something has been waiting for ${minutes} minutes and does not leave (queued: ${queued}). I keep trying.`,
    deadLetters: (count) =>
      `🔴 ${count === 1 ? '1 unprocessed message' : `${count} unprocessed messages`}: many attempts failed. From here you can retry or drop ${count === 1 ? 'it' : 'them'}.`,
    unwritten: (count) =>
      `🔴 ${count === 1 ? 'A message cannot be composed' : `${count} messages cannot be composed`}: this is a bug, the details are in the logs. I keep trying for a day; usually an update solves it.`,
    pushKey:
      '🔴 A push service refuses my key: I retry the alerts to its browsers each minute, the others leave. Check VAPID_KEYS and PUBLIC_URL; the logs name the service.',
    sportMarkup: (pages) =>
      [
        '⚠️ Polimisport has changed: there are pages that I do not recognise.',
        ...pages.map(({ step, detail }) => `• ${step}: ${detail}`),
      ].join('\n'),
    databaseFull: (gigabytes) =>
      `🟠 The database holds ${gigabytes.toLocaleString('en')} GB of 10: over 80%. At the limit I cannot write anything any more.`,
    logins:
      '🟠 Too many logins to the Politecnico fail, or are asked for: somebody may be trying other people’s passwords. I have slowed down new accounts; bookings are not affected.',
  },
  over: {
    logins: '🟢 Login attempts have been normal for a day.',
    noSession: '🟢 There is a portal session that works again: reading has resumed.',
    lag: '🟢 The delay is over: nothing is waiting any more.',
    deadLetters: '🟢 There are no unprocessed messages any more.',
    unwritten: '🟢 All messages can be composed again.',
    pushKey: '🟢 No alert to a browser waits for a refused key any more.',
    sportMarkup: '🟢 The pages of Polimisport are those I know again.',
    databaseFull: '🟢 The database is below 75% of its room again.',
  },
  serviceTitle: 'Service status',
  allWell: '🟢 Everything works.',
  notWell: (count) => (count === 1 ? '🔴 There is a problem:' : `🔴 There are ${count} problems:`),
  incidents: {
    'no-session': 'no session of the portal works: send me one with /sessione',
    lag: 'something has been waiting for minutes: see Delay',
    'dead-letters': 'there are unprocessed messages: /lettere',
    unwritten: 'there are messages that cannot be composed: see the logs',
    'push-key': 'a push service refuses my key: see VAPID_KEYS and the logs',
    'sport-markup': 'Polimisport has pages that I do not recognise',
    'database-full': 'the database is almost full',
    logins: 'too many logins to the Politecnico fail',
  },
  helpOperator: `For the operators of this bot:

/stato_admin: how the service is doing
/sessione: hand in a session of the portal
/sessioni: the sessions of the portal
/lettere: the unprocessed messages
/ricifra: encrypt again, after a change of key`,
  commandList: {
    stato_admin: 'Operator: how the service is doing',
    sessione: 'Operator: hand in a portal session',
    sessioni: 'Operator: the portal sessions',
    lettere: 'Operator: the unprocessed messages',
    ricifra: 'Operator: encrypt again with the new key',
  },
  sessions: (good, dead) => `Portal sessions: ${good} good, ${dead} expired`,
  endExpected: (id, day, time) => `• ${id} probably ends on ${day} around ${time}`,
  endUnknown: (id) => `• ${id}: I do not know yet when it ends`,
  pausedSince: (when) => `⏸ Reading paused: ${when}`,
  lastRound: (when) => `Last successful reading: ${when}`,
  noRound: 'Last successful reading: never',
  lastTick: (when) => `Last tick: ${when}`,
  falseAlarmsTitle: 'False alarms reported in two weeks:',
  falseAlarms: (office, reported, alerts, unsteady) =>
    `• ${office}: ${reported} of ${alerts} alerts${unsteady ? ' (now sent only after a second look)' : ''}`,
  stalestTitle: 'Read longest ago:',
  intervalsTitle: 'Read most often:',
  interval: (province, seconds, followers, slotsPerHour) =>
    `• ${province}: every ${seconds} s (${followers} follow, ${slotsPerHour} slots an hour)`,
  requests: (spent, left) => `Requests to the portal today: ${spent}, ${left} left`,
  reading: (province, when) => `• ${province}: ${when}`,
  lag: (seconds) => `Delay: ${seconds} s`,
  noLag: 'Delay: none',
  queue: (queued, claimed, held) => `Queued: ${queued}, leaving: ${claimed}, held for quiet hours: ${held}`,
  today: (sent, failed, expired) => `Today: ${sent} sent, ${failed} failed, ${expired} outdated`,
  markup: (steps) => `⚠️ Pages of Polimisport not recognised: ${steps}`,
  letters: (count) => `Unprocessed messages: ${count}`,
  database: (megabytes) => `Database: ${megabytes} MB of 10,000`,
  lettersTitle: 'Unprocessed messages',
  lettersNone: '🟢 There are no unprocessed messages.',
  lettersMore: (count) => `…and ${count} more`,
  letter: (id, what, when) => `${id}. ${what}, ${when}`,
  letterAvailability: (alert) => `alert to hand on (${alert})`,
  letterOutbound: 'wake-up for the sender',
  letterUnknown: (queue) => `unknown format (queue ${queue})`,
  replay: (id) => `↻ Retry ${id}`,
  drop: (id) => `🗑 Drop ${id}`,
  replayAll: '↻ Retry all of these',
  dropAsk: (id) => `Drop message ${id}? It cannot be recovered.`,
  dropYes: 'Yes, drop it',
  replayed: 'Queued again.',
  dropped: 'Dropped.',
  letterGone: 'It is gone already.',
  noQueue: 'I do not know this message’s queue: you can only drop it.',
  resealed: (sessions, unreadable) =>
    `🔐 Portal sessions encrypted again: ${sessions}. Unreadable: ${unreadable}.`,
  resealedStudents: (students, values, unreadable) =>
    `🔐 Students: ${students}. Secrets encrypted again: ${values}. Unreadable: ${unreadable}.`,
  resealedFailed: (count) =>
    `⚠️ ${count === 1 ? 'One student did' : `${count} students did`} not answer: repeat /ricifra before you remove the old key.`,
  resealedMore: 'Continue',
  resealedOtherKey:
    '⚠️ The booking Worker encrypts with another key: set the same ENCRYPTION_KEY for both Workers and repeat /ricifra.',
  resealedDone: '✅ The old key is not needed any more: you can remove it from ENCRYPTION_KEY.',
  resealedUnreadable:
    '⚠️ What is unreadable was encrypted with a key that I do not have: add it at the end of ENCRYPTION_KEY and repeat /ricifra, or hand it in again.',
}
