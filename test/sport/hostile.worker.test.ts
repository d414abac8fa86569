import fc from 'fast-check'
import { expect, test } from 'vitest'

import type { Answer, ClassRef, Preferences, WeeklyDraft } from '../../src/sport/student-types.ts'
import { fuzz, NONSENSE, oddText } from '../hostile/fuzz.ts'
import { must, NOON, TestStudent, TUESDAY } from './student-kit.worker.ts'

/** Numbers, days and times as a form or a button may bring them after the caller's own checks, or past them. */
const number = fc.oneof(
  fc.constantFrom(
    0,
    -1,
    0.5,
    1,
    2,
    7,
    1e9,
    -1e9,
    1e300,
    Number.MAX_SAFE_INTEGER,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
  fc.integer({ min: 0, max: 20 }),
  fc.double(),
)
const date = fc.oneof(
  fc.constantFrom('2027-05-11', '2027-05-12', '2027-05-13', '2027-10-31', '2028-02-29', '2027-02-29'),
  fc.constantFrom('0000-01-01', '9999-12-31', '2027-5-1', '', 'domani', '2027-05-11T00:00:00Z'),
)
const time = fc.constantFrom('18:00', '00:00', '02:30', '23:59', '24:00', '9:00', '', '-1:00')
const text = fc.oneof(fc.constantFrom('YOGA', 'PILATES', ' ', ''), oddText)
const type = fc.constantFrom<ClassRef['type']>('course', 'fit-center', 'constructor' as 'course')
const wish: fc.Arbitrary<ClassRef> = fc.record(
  { type, name: text, location: text, date, start: time },
  { noNullPrototype: true },
)
const draft: fc.Arbitrary<WeeklyDraft> = fc.record(
  {
    type,
    name: text,
    location: text,
    start: time,
    dayOfWeek: fc.oneof(fc.integer({ min: 1, max: 7 }), number),
    policy: fc.constantFrom(
      'book-then-confirm',
      'ask-then-book',
      'no-confirmation',
      'toString' as 'ask-then-book',
    ),
    alternatives: fc.array(
      fc.record({ type, name: text, location: text, start: time }, { noNullPrototype: true }),
      { maxLength: 3 },
    ),
    watchHoursBefore: fc.oneof(fc.constant(null), number),
  },
  { requiredKeys: ['type', 'name', 'location', 'start', 'dayOfWeek', 'policy'], noNullPrototype: true },
)
const preferences = fc.record(
  { confirmHours: number, deadlineHours: number, tellSuccess: fc.boolean(), quiet: fc.boolean() },
  { requiredKeys: [], noNullPrototype: true },
) as fc.Arbitrary<Partial<Preferences>>

/** Stands for a key of its own in the arguments of a call. */
const KEY = 'a key of its own'
interface Call {
  name: keyof TestStudent['api']
  args: unknown[]
}
const callOf = (names: (keyof TestStudent['api'])[], ...args: fc.Arbitrary<unknown>[]): fc.Arbitrary<Call> =>
  fc.record({ name: fc.constantFrom(...names), args: fc.tuple(...args) }, { noNullPrototype: true })
const key = fc.constant(KEY)
const plain = { noNullPrototype: true }

const call = fc.oneof(
  callOf(
    ['book'],
    fc.record(
      {
        requestKey: key,
        wish,
        alternatives: fc.array(wish, { maxLength: 2 }),
        watchUntil: number,
        when: fc.constantFrom('now', 'at-opening'),
      },
      plain,
    ),
  ),
  callOf(['createWeekly'], key, draft),
  callOf(['setPreferences'], preferences),
  callOf(['dryRun'], key, wish),
  callOf(['skipUntil'], key, number, date),
  callOf(['pauseWeekly', 'resumeWeekly', 'skipNext', 'removeWeekly', 'cancel', 'withdraw'], key, number),
  callOf(['action', 'booking', 'confirm', 'skip', 'upcoming', 'history', 'lastActions'], number),
  callOf(['attachMessage'], number, fc.record({ chatId: fc.constant(1), messageId: number }, plain)),
  callOf(['feed'], oddText),
  callOf(
    ['linkSession'],
    key,
    fc.dictionary(fc.string({ maxLength: 10 }), oddText, { maxKeys: 3, ...plain }),
  ),
  callOf(['check', 'pauseAll', 'resumeAll', 'unlink', 'revokeFeed'], key),
  callOf(['feedToken', 'exportCsv', 'account', 'weekly', 'bookings']),
)

/** Makes a call, with keys that no other call has. */
function make(api: TestStudent['api'], { name, args }: Call, requestKey: string): Promise<Answer<unknown>> {
  const given = args.map((arg) =>
    arg === KEY ? requestKey : name === 'book' ? { ...(arg as object), requestKey } : arg,
  )
  return (api[name] as unknown as (...args: unknown[]) => Promise<Answer<unknown>>)(...given)
}

fuzz('calls of a student’s object', 0.005, fc.array(call, { minLength: 1, maxLength: 8 }), async (calls) => {
  const student = await new TestStudent(NOON).link()
  const { api, site } = student
  const good = site.add('ZUMBA', TUESDAY, '20:00')
  site.add('YOGA', TUESDAY, '18:00')
  for (const one of calls)
    expect(await make(api, one, student.key())).toMatchObject({ ok: expect.any(Boolean) })
  await student.settle()
  // Whatever was asked before, what is honest is done.
  await api.resumeAll(student.key())
  await must(api.setPreferences({ confirmHours: 6, deadlineHours: 2 }))
  await student.link()
  await must(api.book({ requestKey: student.key(), wish: good, when: 'now' }))
  await student.settle(180)
  expect(site.made).toContain(`${TUESDAY} 20:00 ZUMBA`)
  for (const shown of await student.texts()) if (shown !== null) expect(shown).not.toMatch(NONSENSE)
})

test('a list asked for at endless length, or at none, is answered', async () => {
  const { api } = await new TestStudent(NOON).link()
  for (const count of [1e300, -1, Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
    expect(await must(api.lastActions(count))).toHaveLength(1)
    expect((await must(api.history(count))).length).toBeLessThanOrEqual(1)
    expect(await must(api.upcoming(count))).toEqual([])
  }
})
