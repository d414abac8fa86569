import type { Texts } from '../texts.ts'

const steps = (origin: string) => `How to, on a computer:
1. Log in at ${origin} with SPID or CIE, up to the choice of the town.
2. Press F12, open the Network tab and look for an office.
3. Right click on the request “elenca-sede…” → Copy → Copy as cURL.
4. Write me /sessione and paste.`

export const portalSessions: Texts['portalSessions'] = {
  askPaste: (origin) =>
    `🔑 Send me the portal’s session: paste the “Copy as cURL” here, or the Cookie line, or send me a text file. I delete your message from the chat at once.\n\n${steps(origin)}`,
  kept: (id, offices) =>
    `✅ Session ${id} works: page opened, list of offices read (${offices === 1 ? '1 office' : `${offices} offices`} in Rome). I use it from now on.`,
  untested: (id, page, why) =>
    `🟡 I kept session ${id} but could not try it to the end: ${page ? 'the page opens, the list of offices does not' : 'the portal does not answer'} (${why}). I go on trying and write to you if it fails.`,
  why: {
    'no-session': 'no session',
    'session-expired': 'session expired',
    'rate-limited': 'too many requests',
    unavailable: 'portal out of service',
    timeout: 'answer too slow',
    malformed: 'answer not understood',
  },
  noCookies:
    'I find no cookie in this. I need the “Copy as cURL” of a request to the portal, or the Cookie line.',
  noJsessionid:
    'There are cookies, but no JSESSIONID. Copy a request made after logging in with SPID or CIE.',
  refused: (origin) =>
    `❌ The portal does not know this session: it has expired, or a piece of the text is missing.\n\n${steps(origin)}`,
  again: 'Send it again, or /annulla.',
  notDeleted: '⚠️ I could not delete your message: please delete it yourself, it holds the session.',
  sessionDied: (id, others, origin, paired) =>
    `🔑 Session ${id} of the portal has expired. ${
      others === 0
        ? 'It was the last one: reading is paused and goes on by itself as soon as you send me one.'
        : others === 1
          ? 'I go on with the other one.'
          : `I go on with the other ${others}.`
    }\n\n${paired ? `Log in again at ${origin} with SPID or CIE in the paired browser: the session reaches me by itself.` : steps(origin)}`,
  endsSoon: (id, day, time) =>
    `⏰ Portal session ${id} probably ends on ${day} around ${time}. To keep the readings going, send me a new one before, with /sessione.`,
  sessionUnreadable: (id) =>
    `⚠️ I cannot open session ${id}: it was encrypted with another ENCRYPTION_KEY, or saved by a newer version. I kept it: with the former key it works again by itself, otherwise send me a new one with /sessione.`,
  portalRefuses: (since, origin) =>
    `⚠️ Since ${since} the portal has been refusing every session. Usually that is a fault or maintenance on its side: nothing to do, I keep trying. But if your browser lets you in at ${origin}, send me a new session with /sessione.`,
  pairHint:
    '🧩 Without pasting: pair the browser once, and after each login with SPID or CIE its extension sends me the session by itself.',
  pair: '🧩 Pair a browser',
  paired: (browser, age, used) => `• ${browser}: paired ${age}, used ${used}`,
  pairCode: (minutes) =>
    `Open the Sportello extension in the browser in which you log in to the portal and paste this line. It works for ${minutes} minutes, once.`,
  pairBuild: 'No extension yet? “npm run extension” makes it: docs/deploy.md explains how to install it.',
  pairCopy: '📋 Copy the line',
  pairNoAddress:
    'To pair a browser I need the public address of this installation: set PUBLIC_URL, as docs/deploy.md explains. You can still paste the session.',
  unpair: (browser, id) => `🗑 Unpair ${browser} (${id})`,
  unpaired: 'Unpaired: its extension cannot send me anything any more.',
  listTitle: 'Sessions of the portal',
  listNone: 'I have no session of the portal: reading is paused. Send me one with /sessione.',
  good: (id, mine, age, used) =>
    `🟢 ${id}${mine ? ' (yours)' : ''}: handed in ${age}, accepted by the portal ${used}`,
  dead: (id, mine, age, died) => `🔴 ${id}${mine ? ' (yours)' : ''}: handed in ${age}, expired ${died}`,
  remove: (id) => `🗑 Remove ${id}`,
  removeAsk: (id) => `Remove session ${id}? It still works: getting it back takes a new login.`,
  removeYes: 'Yes, remove it',
  removed: 'Done.',
  refresh: '🔄 Refresh',
}
