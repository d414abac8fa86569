import type { Texts } from '../index.ts'

/** What operators read about portal sessions. */
export const operator: Texts['operator'] = {
  howTo:
    'To read the portal I need the session of a person who logged in with SPID or CIE:\n\n1. Log in at passaportonline.poliziadistato.it and go on to the choice of town.\n2. Open the developer tools (F12), Network tab, and reload the page.\n3. Right-click the first request → Copy → Copy as cURL.\n4. Paste it here, after /sessione or in your next message.\n\nI delete your message as soon as I have read it.',
  trying: 'Trying the session on the portal…',
  kept: (id, offices) =>
    `✅ Session no. ${id} works (${offices} offices read as a test). The portal is being watched.`,
  noCookies:
    'I find no cookie in this text. Copy the whole request with “Copy as cURL”, or the line that begins with “Cookie:”.',
  noJsessionid:
    'The cookie JSESSIONID, the one that matters, is missing. Copy the request from a page where you are logged in.',
  refused:
    'The portal does not take this session: perhaps it has expired already. Log in again, then copy a fresh request.',
  unreachable: 'The portal does not answer now, so I cannot try the session. Try again in a few minutes.',
  notDeleted: '⚠️ I could not delete your message: please delete it yourself, it holds your session.',
  died: (id, left) =>
    left > 0
      ? `⚠️ Your portal session no. ${id} has expired. I go on with the others (${left}). To renew it send /sessione and follow the steps.`
      : `⚠️ Your portal session no. ${id} has expired, and it was the last one: watching is paused. To resume send /sessione and follow the steps; it starts again by itself.`,
  none: 'There is no session: watching the portal is paused. Send /sessione to hand one in.',
  list: 'Portal sessions:',
  good: (id, age, answered) => `🟢 no. ${id}, for ${age}, last answer ${answered} ago`,
  dead: (id, age, died) => `🔴 no. ${id}, for ${age}, expired ${died} ago`,
  remove: (id) => `🗑 Remove no. ${id}`,
  removed: (id) => `Session no. ${id} was removed.`,
  seconds: (count) => (count === 1 ? '1 second' : `${count} seconds`),
  minutes: (count) => (count === 1 ? '1 minute' : `${count} minutes`),
  hours: (count) => (count === 1 ? '1 hour' : `${count} hours`),
  days: (count) => (count === 1 ? '1 day' : `${count} days`),
}
