import fc from 'fast-check'
import { expect, test } from 'vitest'
import { KEY_REFUSED } from '../../src/delivery/channels/channel.ts'
import { readPushFailure } from '../../src/delivery/channels/web-push/push-errors.ts'
import { isPushAddress } from '../../src/delivery/channels/web-push/push-hosts.ts'
import { MOST_BYTES, payloadOf, timeToLive } from '../../src/delivery/channels/web-push/push-payload.ts'
import { MINUTE, SECOND } from '../../src/platform/time.ts'

const sizeOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length

test('whatever a message says, its notification fits into one push, begins with its text and is cut late', () => {
  const text = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant('è🛂"\\\n')), { maxLength: 900 })
  fc.assert(
    fc.property(text, fc.boolean(), (parts, silent) => {
      const message = { text: `Titolo\n${parts.join('')}x`, silent }
      const payload = payloadOf(message, 'open:1 5', 'TO.token')
      expect(sizeOf(payload)).toBeLessThanOrEqual(MOST_BYTES)
      const whole = message.text.slice('Titolo\n'.length).trim()
      if (payload.body !== whole) {
        expect(payload.body.endsWith('…')).toBe(true)
        expect(whole.startsWith(payload.body.slice(0, -1))).toBe(true)
        // One more character (twelve bytes of JSON at most) would not fit.
        expect(sizeOf(payload)).toBeGreaterThan(MOST_BYTES - 13)
      }
    }),
    { numRuns: 200 },
  )
})

test('a notification leads to the first link, and one about slots is of use for half an hour', () => {
  const slots = {
    text: 'Torino: 2 posti\ndal 3 dicembre',
    keyboard: [
      [{ text: 'Sì', callback_data: '1:x' }],
      [{ text: 'Prenota', url: 'https://portal.example/a' }],
    ],
  }
  expect(payloadOf(slots, 'a 1', null)).toEqual({
    title: 'Torino: 2 posti',
    body: 'dal 3 dicembre',
    tag: 'a 1',
    url: 'https://portal.example/a',
  })
  expect(timeToLive(slots)).toBe(1_800)
  expect(timeToLive({ text: 'Il filtro è scaduto' })).toBe(43_200)
})

const HOSTS = ['fcm.googleapis.com', '.push.apple.com', '127.0.0.1:8123']

test.each([
  ['https://fcm.googleapis.com/fcm/send/abc', true],
  ['https://web.push.apple.com/abc', true],
  ['http://127.0.0.1:8123/wpush/1', true],
  ['http://fcm.googleapis.com/fcm/send/abc', false],
  ['https://fcm.googleapis.com:8443/fcm/send/abc', false],
  ['https://user:pass@fcm.googleapis.com/a', false],
  ['https://fcm.googleapis.com.evil.example/a', false],
  ['https://evil.example/fcm.googleapis.com', false],
  ['https://evilpush.apple.com/a', false],
  ['https://push.apple.com/a', false],
  ['https://127.0.0.1/a', false],
  ['https://[::1]/a', false],
  ['https://169.254.169.254/latest/meta-data', false],
  ['ftp://fcm.googleapis.com/a', false],
  ['fcm.googleapis.com', false],
  ['', false],
])('%s may be posted to: %s', (endpoint, allowed) => {
  expect(isPushAddress(endpoint, HOSTS)).toBe(allowed)
})

test('no address of another host is posted to, whatever it looks like', () => {
  fc.assert(
    fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (url) => {
      const { hostname } = new URL(url)
      fc.pre(hostname !== 'fcm.googleapis.com' && !hostname.endsWith('.push.apple.com'))
      expect(isPushAddress(url, HOSTS)).toBe(false)
    }),
  )
})

const NOW = Date.UTC(2026, 0, 5)
const failureOf = (status: number, proven = true, headers: Record<string, string> = {}) =>
  readPushFailure({ status, headers: new Headers(headers) }, proven, NOW)

test.each([
  [404, 'chat-gone'],
  [410, 'chat-gone'],
  [400, 'refused'],
  [413, 'refused'],
  [301, 'refused'],
  [500, 'retry'],
  [503, 'retry'],
])('an answer of %i means %s', (status, kind) => {
  expect(failureOf(status).kind).toBe(kind)
})

test.each([401, 403])(
  'an answer of %i means that our key is refused: its service is asked again a minute later',
  (status) => {
    expect(failureOf(status)).toEqual({ kind: 'later', until: NOW + MINUTE, reason: KEY_REFUSED })
  },
)

test('a refused key of a browser that never got a message is the browser’s own', () => {
  expect([failureOf(401, false).kind, failureOf(403, false).kind]).toEqual(['chat-gone', 'chat-gone'])
})

test.each([
  ['120', 120 * SECOND],
  ['0', SECOND],
  [new Date(NOW + 90 * SECOND).toUTCString(), 90 * SECOND],
  ['999999', 60 * MINUTE],
  ['soon', MINUTE],
  [undefined, MINUTE],
])('429 with Retry-After %s makes its service wait %i ms', (header, ms) => {
  expect(failureOf(429, true, header === undefined ? {} : { 'Retry-After': header })).toEqual({
    kind: 'later',
    until: NOW + ms,
    reason: 'push-service-busy',
  })
})
