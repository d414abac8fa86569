import { expect, test } from 'vitest'
import type { ObservedOffice, ObservedSlot } from '../../src/passport/model.ts'
import { diff } from '../../src/passport/rules/diff.ts'
import type { Agenda, KnownOffice, KnownSlot } from '../../src/passport/rules/known.ts'
import { allWentSilent, secondLookAgrees, suspectList } from '../../src/passport/rules/suspicion.ts'
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
const nothing = { offices: [], opened: [], changed: [], steps: [], alerts: [] }

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

test('a changed number of places is kept and not announced', () => {
  const before = [known({ slots: [knownSlot(1, '2026-06-03')] })]
  const changes = diff(before, see(agenda([slot('2026-06-03', '10:00', 3)])), now, true)
  expect(changes.changed).toEqual([{ id: 1, places: 3, announced: true, gone: false }])
  expect(changes.steps).toMatchObject([{ kind: 'places', places: 3 }])
  expect(changes.alerts).toEqual([])
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
  expect([secondLookAgrees(null, now), secondLookAgrees(now, now + 3 * MINUTE)]).toEqual([false, true])
})

test('the portal went silent when two or more provinces with slots, and all of them, lost everything', () => {
  const set = (...codes: string[]) => new Set(codes)
  expect(allWentSilent(set('TO'), set('TO'))).toBe(false)
  expect(allWentSilent(set('TO', 'MI'), set('TO', 'MI'))).toBe(true)
  expect(allWentSilent(set('TO', 'MI', 'RM'), set('TO', 'MI'))).toBe(false)
})
