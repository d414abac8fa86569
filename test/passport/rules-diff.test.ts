import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ObservedOffice, ObservedSlot } from '../../src/passport/model.ts'
import { diff } from '../../src/passport/rules/diff.ts'
import type { Agenda, KnownOffice, KnownSlot } from '../../src/passport/rules/known-office.ts'
import { RESET_WINDOW } from '../../src/passport/rules/reset.ts'
import { massEmpty, secondReadingAgrees, suspectList } from '../../src/passport/rules/suspicion.ts'
import { MINUTE, romeInstant } from '../../src/platform/time.ts'

const now = romeInstant('2026-05-20', '12:00')
const observed: ObservedOffice = {
  id: '46',
  code: 'TOPQ60',
  name: 'Commissariato "Barriera" <Milano> & C.',
  address: 'Via Botticelli 1',
  city: 'Torino',
  firstDate: '2026-06-03',
  bookableFrom: '09:00',
}
const slot = (date: string, time = '10:00', places = 1): ObservedSlot => ({ date, time, places })
const knownSlot = (id: number, date: string, announced = true): KnownSlot => ({
  ...slot(date),
  id,
  announced,
})
const known = (change: Partial<KnownOffice> = {}): KnownOffice => ({
  ...observed,
  listed: true,
  doubtSince: null,
  slots: [],
  vanished: [],
  restored: 0,
  ...change,
})
const agenda = (slots: ObservedSlot[], months = ['2026-06', '2026-07'], complete = true): Agenda => ({
  slots,
  months: new Set(months),
  complete,
})
const see = (slots: Agenda | undefined, office: Partial<ObservedOffice> = {}) => ({
  offices: [{ ...observed, ...office }],
  agendas: new Map(slots ? [['46', slots]] : []),
})
const nothing = { offices: [], opened: [], changed: [], restored: [], steps: [], alerts: [], published: [] }

test('what was seen before and is seen again changes nothing', () => {
  const before = [known({ slots: [knownSlot(1, '2026-06-03')] })]
  expect(diff(before, see(agenda([slot('2026-06-03')])), now, true)).toEqual({ ...nothing, leftOpen: 1 })
})

test('all new slots of an office make one alert, in order, each slot once', () => {
  const seen = agenda([slot('2026-06-04', '09:30'), slot('2026-06-03'), slot('2026-06-03', '10:00', 2)])
  const changes = diff([], see(seen), now, true)
  expect(changes.alerts).toEqual([
    {
      kind: 'open',
      officeId: '46',
      slots: [
        ['2026-06-03', '10:00'],
        ['2026-06-04', '09:30'],
      ],
      bookableAt: null,
      places: [
        ['2026-06-03', '10:00', 0, 2],
        ['2026-06-04', '09:30', 0, 1],
      ],
    },
  ])
  expect(changes.opened.find((one) => one.date === '2026-06-03')?.places).toBe(2)
  expect(changes.steps.map((step) => step.kind)).toEqual(['seen', 'seen'])
})

test('a slot seen before its hour waits, and is announced with the hour when that is minutes away', () => {
  const early = romeInstant('2026-05-20', '00:10')
  const first = diff([], see(agenda([slot('2026-06-03')])), early, true)
  expect(first.alerts).toEqual([])
  expect(first.opened[0]?.announced).toBe(false)
  const waiting = [known({ slots: [knownSlot(1, '2026-06-03', false)] })]
  const later = diff(waiting, see(agenda([slot('2026-06-03')])), romeInstant('2026-05-20', '08:56'), true)
  expect(later.alerts[0]).toMatchObject({ kind: 'open', bookableAt: '09:00' })
  expect(later.changed).toEqual([{ id: 1, places: 1, announced: true, gone: false }])
  expect(later.steps).toEqual([])
})

test('fewer places are kept and not announced', () => {
  const before = [known({ slots: [{ ...knownSlot(1, '2026-06-03'), places: 3 }] })]
  const changes = diff(before, see(agenda([slot('2026-06-03')])), now, true)
  expect(changes.changed).toEqual([{ id: 1, places: 1, announced: true, gone: false }])
  expect(changes.steps).toMatchObject([{ kind: 'places', places: 1 }])
  expect(changes.alerts).toEqual([])
})

test('more places make an alert without a new slot, with all places of the day before and after', () => {
  const slots = [knownSlot(1, '2026-06-03'), knownSlot(2, '2026-06-04'), knownSlot(3, '2026-06-05', false)]
  const other = { ...knownSlot(4, '2026-06-03'), time: '11:00', places: 2 }
  const seen = [
    slot('2026-06-03', '10:00', 3),
    slot('2026-06-03', '10:30'),
    slot('2026-06-04'),
    slot('2026-06-05'),
  ]
  const changes = diff([known({ slots: [...slots, other] })], see(agenda(seen.toSpliced(1, 1))), now, true)
  expect(changes.changed).toContainEqual({ id: 1, places: 3, announced: true, gone: false })
  expect(changes.alerts[0]).toMatchObject({
    kind: 'open',
    slots: [['2026-06-05', '10:00']],
    places: [
      ['2026-06-03', '10:00', 1, 3],
      ['2026-06-03', '11:00', 2, 0],
      ['2026-06-05', '10:00', 0, 1],
    ],
  })
  const grown = diff(
    [known({ slots: [knownSlot(1, '2026-06-03')] })],
    see(agenda([slot('2026-06-03', '10:00', 2)])),
    now,
    true,
  )
  expect(grown.alerts).toEqual([
    { kind: 'open', officeId: '46', slots: [], bookableAt: null, places: [['2026-06-03', '10:00', 1, 2]] },
  ])
})

test('of an unsteady office only those places are new that the last two readings showed', () => {
  const readings = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(readings, fc.integer({ min: 1, max: 4 }), (shown, first) => {
      let one: KnownSlot = { ...knownSlot(1, '2026-06-03'), places: first }
      let last = first
      for (const places of shown) {
        const office = known({ unsteady: true, slots: [one] })
        const { changed, alerts } = diff([office], see(agenda([{ ...one, places }])), now, true)
        const counts = Math.min(places, last)
        const added = alerts.flatMap((alert) => alert.places ?? [])
        expect(added).toEqual(counts > one.places ? [['2026-06-03', '10:00', one.places, counts]] : [])
        one = { ...one, ...changed.map((change) => ({ unconfirmedPlaces: undefined, ...change }))[0] }
        expect([one.places, one.unconfirmedPlaces ?? one.places]).toEqual([counts, places])
        last = places
      }
    }),
  )
})

test('more places of a known slot wait for the office’s hour, fewer do not', () => {
  const before = [known({ slots: [{ ...knownSlot(1, '2026-06-03'), places: 2 }] })]
  const at = (time: string, places: number) =>
    diff(before, see(agenda([slot('2026-06-03', '10:00', places)])), romeInstant('2026-05-20', time), true)
  expect(at('00:10', 3)).toMatchObject({ changed: [], steps: [], alerts: [] })
  expect(at('00:10', 1)).toMatchObject({ changed: [{ places: 1 }], steps: [{ places: 1 }], alerts: [] })
  expect(at('08:56', 3)).toMatchObject({
    changed: [{ places: 3 }],
    alerts: [{ bookableAt: '09:00', slots: [] }],
  })
})

test('a complete reading closes what it does not show, and tells only of what was announced', () => {
  const slots = [knownSlot(1, '2026-06-03'), knownSlot(2, '2026-06-04', false), knownSlot(3, '2026-06-05')]
  const changes = diff([known({ slots })], see(agenda([slot('2026-06-05')])), now, true)
  expect(changes.changed.map(({ id, gone }) => [id, gone])).toEqual([
    [1, true],
    [2, true],
  ])
  expect(changes.alerts).toEqual([
    { kind: 'gone', officeId: '46', slots: [['2026-06-03', '10:00']], bookableAt: null },
  ])
  expect(changes.leftOpen).toBe(1)
})

test('a partial reading opens what it shows and closes nothing', () => {
  const before = [known({ slots: [knownSlot(1, '2026-06-03'), knownSlot(2, '2026-07-01')] })]
  const changes = diff(before, see(agenda([slot('2026-06-09')], ['2026-06'], false)), now, true)
  expect(changes.changed).toEqual([])
  expect(changes.alerts.map((alert) => alert.kind)).toEqual(['open'])
  expect(changes.leftOpen).toBe(3)
})

test('a month that was not read closes nothing, one that is past does', () => {
  const before = [known({ slots: [knownSlot(1, '2026-09-01'), knownSlot(2, '2026-04-30')] })]
  const changes = diff(before, see(agenda([slot('2026-06-05')])), now, true)
  expect(changes.changed.map(({ id }) => id)).toEqual([2])
})

test('a list that says that an office has nothing, or does not name it, closes its slots', () => {
  const before = [known({ slots: [knownSlot(1, '2026-06-03')] })]
  const none = diff(before, see(undefined, { firstDate: null }), now, true)
  expect(none.changed).toEqual([{ id: 1, places: 1, announced: true, gone: true }])
  const other = { offices: [{ ...observed, id: '47', firstDate: null }], agendas: new Map() }
  const unlisted = diff(before, other, now, true)
  expect(unlisted.changed).toEqual(none.changed)
  expect(unlisted.offices).toContainEqual(
    expect.objectContaining({ id: '46', listed: false, firstDate: null }),
  )
})

test('a reading that is not believed closes and unlists nothing, but opens', () => {
  const before = [known({ slots: [knownSlot(1, '2026-06-03')] })]
  const empty = diff(before, { offices: [], agendas: new Map() }, now, false)
  expect(empty).toEqual({ ...nothing, leftOpen: 1 })
  const other = diff(before, see(agenda([slot('2026-06-09')])), now, false)
  expect(other.changed).toEqual([])
  expect(other.opened).toHaveLength(1)
})

test('list says free, agenda says none: nothing closes until a second look three minutes later', () => {
  const slots = [knownSlot(1, '2026-06-03')]
  const empty = see(agenda([]))
  const first = diff([known({ slots })], empty, now, true)
  expect(first.changed).toEqual([])
  expect(first.offices).toMatchObject([{ id: '46', doubtSince: now }])
  const doubted = known({ slots, doubtSince: now })
  expect(diff([doubted], empty, now + 3 * MINUTE - 1, true)).toEqual({ ...nothing, leftOpen: 1 })
  const second = diff([doubted], empty, now + 3 * MINUTE, true)
  expect(second.changed).toMatchObject([{ id: 1, gone: true }])
  expect(second.offices).toMatchObject([{ doubtSince: null }])
  const cleared = diff([doubted], see(agenda([slot('2026-06-03')])), now, true)
  expect(cleared.offices).toMatchObject([{ doubtSince: null }])
})

test('so it is when only the month of the first free day is empty', () => {
  const before = [known({ slots: [knownSlot(1, '2026-06-03'), knownSlot(2, '2026-09-01')] })]
  const seen = see(agenda([slot('2026-09-01')], ['2026-06', '2026-09']))
  const changes = diff(before, seen, now, true)
  expect(changes.changed).toEqual([])
  expect(changes.offices).toMatchObject([{ doubtSince: now }])
})

test('an office whose data changed is written, also when its slots did not', () => {
  const changes = diff([known()], see(agenda([]), { address: 'Via Nuova 2' }), now, true)
  expect(changes.offices).toMatchObject([{ id: '46', address: 'Via Nuova 2', listed: true }])
  expect(changes.alerts).toEqual([])
})

test('a list surprises when it is empty or lost most of four or more offices', () => {
  const offices = (ids: string[]) => ids.map((id) => ({ ...observed, id }))
  const listed = (ids: string[]) => ids.map((id) => known({ id }))
  const list = (ids: string[]) => ({ offices: offices(ids), agendas: new Map() })
  expect(suspectList([], list([]))).toBeNull()
  expect(suspectList(listed(['1']), list([]))).toBe('no-offices')
  expect(suspectList([known({ listed: false })], list([]))).toBeNull()
  expect(suspectList(listed(['1', '2', '3']), list(['1']))).toBeNull()
  expect(suspectList(listed(['1', '2', '3', '4']), list(['1']))).toBe('shrunken')
  expect(suspectList(listed(['1', '2', '3', '4']), list(['1', '9', '8', '7']))).toBe('shrunken')
  expect(suspectList(listed(['1', '2', '3', '4']), list(['1', '2']))).toBeNull()
  expect([secondReadingAgrees(null, now), secondReadingAgrees(now, now + 3 * MINUTE)]).toEqual([false, true])
})

test('a mass emptying is at least two provinces, and four in five of those that were read', () => {
  const of = (emptied: number, kept: number, pending = 0) => massEmpty({ emptied, kept, pending })
  expect([of(1, 0), of(2, 0), of(2, 1), of(4, 1), of(8, 3)]).toEqual([false, true, false, true, false])
  // While some are still being read it may depend on them.
  expect([of(1, 0, 1), of(1, 1, 1), of(4, 0, 1), of(3, 1, 1), of(0, 2, 1)]).toEqual([
    undefined,
    false,
    true,
    undefined,
    false,
  ])
})

test('the verdict on a mass emptying never depends on the order of the reports', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('emptied', 'kept', 'unread'), { maxLength: 12 }), (reports) => {
      const counts = { emptied: 0, kept: 0, unread: 0 }
      let early: boolean | undefined
      reports.forEach((report, i) => {
        counts[report] += 1
        early ??= massEmpty({ ...counts, pending: reports.length - i - 1 })
      })
      const read = counts.emptied + counts.kept
      // A province that turns out to be unreadable only makes those that were read count for more.
      if (counts.unread === 0)
        expect(early ?? false).toBe(counts.emptied >= 2 && counts.emptied >= 0.8 * read)
      expect(massEmpty({ ...counts, pending: 0 })).toBe(counts.emptied >= 2 && counts.emptied >= 0.8 * read)
    }),
  )
})

/** An office of which `ids` vanished a minute ago, while `left` others stayed. */
const reset = (ids: number[], left = 0, restored = 0) =>
  known({
    vanished: ids.map((id) => ({ ...slot(`2026-06-${10 + id}`), id, goneAt: now - MINUTE })),
    slots: Array.from({ length: left }, (_, i) => knownSlot(100 + i, `2026-07-${10 + i}`)),
    restored,
  })
const seenAgain = (ids: number[], left = 0) =>
  see(
    agenda([
      ...ids.map((id) => slot(`2026-06-${10 + id}`)),
      ...Array.from({ length: left }, (_, i) => slot(`2026-07-${10 + i}`)),
    ]),
  )
const kinds = (changes: { alerts: { kind: string; slots: unknown[] }[] }) =>
  changes.alerts.map(({ kind, slots }) => `${kind} ${slots.length}`)

test('after a reset of the office the same slots are restored, not announced', () => {
  const changes = diff([reset([1, 2, 3, 4])], seenAgain([1, 2, 3, 4]), now, true)
  expect(kinds(changes)).toEqual(['restored 4'])
  expect(changes.opened).toEqual([])
  expect(changes.restored.map(({ id, goneAt }) => [id, goneAt])).toEqual(
    [1, 2, 3, 4].map((id) => [id, now - MINUTE]),
  )
  expect(changes.leftOpen).toBe(4)
})

test('slots that a reset gives back in two steps are restored in both, and new ones among them are announced', () => {
  expect(kinds(diff([reset([1, 2, 3, 4])], seenAgain([1, 2, 9]), now, true))).toEqual([
    'open 1',
    'restored 2',
  ])
  const second = reset([3, 4], 2, 2)
  expect(kinds(diff([second], seenAgain([3, 4], 2), now, true))).toEqual(['restored 2'])
})

test.each([
  ['a single slot that returns', reset([1, 2, 3, 4]), seenAgain([2]), ['open 1']],
  ['a minority that returns', reset([1, 2, 3, 4, 5]), seenAgain([1, 2]), ['open 2']],
  ['two slots that people took and gave back', reset([1, 2]), seenAgain([1, 2]), ['open 2']],
  ['slots of an office that kept most of its own', reset([1, 2, 3], 5), seenAgain([1, 2, 3], 5), ['open 3']],
])('%s is news', (_, office, seen, expected) => {
  expect(kinds(diff([office], seen, now, true))).toEqual(expected)
})

test('slots that are away for longer than a reset takes are news when they return', () => {
  const long = reset([1, 2, 3]).vanished.map((one) => ({ ...one, goneAt: now - RESET_WINDOW - 1 }))
  expect(kinds(diff([known({ vanished: long })], seenAgain([1, 2, 3]), now, true))).toEqual(['open 3'])
})

test('a new slot of an unsteady office is announced by the second reading that shows it, else never', () => {
  const times = fc.uniqueArray(fc.constantFrom('09:00', '09:20', '09:40', '10:00'), { minLength: 1 })
  fc.assert(
    fc.property(times, times, (first, second) => {
      const unsteady = known({ unsteady: true, bookableFrom: null, firstDate: '2026-06-03' })
      const reading = (list: string[]) =>
        see(agenda(list.map((time) => slot('2026-06-03', time))), { bookableFrom: null })
      const one = diff([unsteady], reading(first), now, true)
      expect(one.alerts).toEqual([])
      expect(one.opened.map(({ announced }) => announced)).toEqual(first.map(() => false))
      const slots = one.opened.map((opened, id) => ({ ...opened, id }))
      const two = diff([{ ...unsteady, slots }], reading(second), now + MINUTE, true)
      const confirmed = first.filter((time) => second.includes(time)).sort()
      expect(two.alerts.filter(({ kind }) => kind === 'open').flatMap((alert) => alert.slots)).toEqual(
        confirmed.map((time) => ['2026-06-03', time]),
      )
      expect(two.alerts.filter(({ kind }) => kind === 'gone')).toEqual([])
      const steady = diff([known({ bookableFrom: null })], reading(first), now, true)
      expect(steady.alerts.flatMap((alert) => alert.slots)).toHaveLength(first.length)
    }),
  )
})
