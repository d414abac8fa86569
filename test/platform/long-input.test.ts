import { expect, test } from 'vitest'
import { answerIn, buttonIn, commandIn } from '../../src/bot/plain-words.ts'
import { readTimes } from '../../src/bot/typed.ts'
import { readPortalDay, readPortalTime } from '../../src/passport/portal/portal-answers.ts'
import { failureOfPage, isLoginPage, readCsrf } from '../../src/passport/portal/portal-pages.ts'
import { foldText } from '../../src/platform/fold.ts'
import { parsePaste } from '../../src/platform/paste.ts'
import { otpKeyProblem } from '../../src/sport/credentials.ts'
import { readFeedPath } from '../../src/sport/ical.ts'
import { parseOtpKey } from '../../src/sport/otp.ts'
import { parseLenient } from '../../src/sport/site/lenient-json.ts'
import { classifyRejection } from '../../src/sport/site/rejection.ts'
import { readBookings } from '../../src/sport/site/site-pages.ts'
import { siteText } from '../../src/sport/site/site-text.ts'
import { readDate, readMinutes, readMoment, readTime } from '../../src/sport/site/site-times.ts'
import { readPlaces } from '../../src/sport/site/slot-fields.ts'

/*
 * Long texts of one kind after every beginning: quadratic work would be 10 billion steps, and end the run by its time
 * limit; linear work is not noticed.
 */

const LENGTH = 100_000

const readers: Record<string, (text: string) => unknown> = {
  'a paste': (text) => parsePaste(text, 'https://portal.test'),
  'typed times': readTimes,
  'typed words': (text) => [
    answerIn(text),
    commandIn(text),
    buttonIn(text, { student: true, operator: true }),
  ],
  'folded text': foldText,
  'the portal’s page': (text) => [readCsrf(text), isLoginPage(text), failureOfPage(text)],
  'the portal’s day and hour': (text) => [readPortalDay(text), readPortalTime(text)],
  'the site’s text': siteText,
  'the site’s bookings': readBookings,
  'the site’s times': (text) => [readTime(text), readDate(text), readMoment(text), readMinutes(text)],
  'the site’s places': readPlaces,
  'the site’s JSON': (text) => {
    try {
      return parseLenient(text)
    } catch (error) {
      return error
    }
  },
  'the site’s rejection': (message) =>
    classifyRejection({ message, slot: null, now: 0, startsAt: 1, opensAt: null } as never),
  'a one-time-password key': (text) => [parseOtpKey(text), otpKeyProblem(text)],
  'a feed’s address': readFeedPath,
}

const beginnings = [
  '',
  '<meta content="',
  'otpauth://totp/',
  '{"a":"',
  'Posti disponibili',
  'password ',
  '1 h',
  'cookie: ',
]
const kinds = [
  '\n',
  ' ',
  '=',
  '/',
  '"',
  "'",
  '\\',
  '<',
  '<p ',
  '&amp;',
  'e ',
  '1',
  '1:',
  '12/',
  '||_||',
  'posti ',
  '(',
  '[',
  '{',
  'a',
  'è',
  '0 ',
]

test.each(Object.keys(readers))('%s', (name) => {
  let read = 0
  for (const beginning of beginnings)
    for (const kind of kinds) {
      readers[name]?.(`${beginning}${kind.repeat(LENGTH / kind.length)}x`)
      read += 1
    }
  expect(read).toBe(beginnings.length * kinds.length)
})
