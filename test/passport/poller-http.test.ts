import { expect, test } from 'vitest'
import { readProvince } from '../../src/passport/poller/read-province.ts'
import { portalConcurrency } from '../../src/passport/portal/portal-concurrency.ts'
import { diff } from '../../src/passport/rules/diff.ts'
import { type KnownOffice, slotKey } from '../../src/passport/rules/known-office.ts'
import { HORIZON_MONTHS } from '../../src/passport/rules/months.ts'
import { MINUTE } from '../../src/platform/time.ts'
import type { FaultKind } from '../simulators/portal/simulator.ts'
import { apply } from './memory.ts'
import { clientOf, portalOf } from './portal-kit.ts'

const FAULTS: FaultKind[] = [
  'forbidden',
  'unauthorized',
  'login',
  'html',
  'too-many',
  'server-error',
  'broken-json',
  'cut',
  'truncated',
  'wrong-types',
]
const NOW = Date.parse('2026-10-20T10:00:00Z')

test('over HTTP, through every fault and at a random pace, nothing that is open is closed and all is found', async () => {
  const portal = await portalOf({
    clock: { now: () => NOW, sleep: async () => undefined },
    officesEach: 7,
    pageCap: 3,
    rotateEvery: 5,
    seed: 4,
  })
  const client = clientOf(portal)
  const limit = portalConcurrency()
  const isOpen = (officeId: string, slot: { date: string; time: string }) =>
    portal.slots(officeId).some((one) => slotKey(one) === slotKey(slot) && one.total > one.taken)
  let known: KnownOffice[] = []
  let round = 0
  let failures = 0
  const told = new Set<string>()

  const readAndApply = async () => {
    const plan = { code: 'TO', offices: known, round: round++, horizons: {} }
    const reading = await readProvince(
      { reader: client, limit, paused: false, usedUp: () => false },
      plan,
      portal.now(),
    )
    failures += reading.failures.length
    if (!reading.observation) return
    const changes = diff(known, reading.observation, portal.now(), true)
    for (const step of changes.steps) {
      if (step.kind === 'gone') expect(isOpen(step.officeId, step)).toBe(false)
      else expect(isOpen(step.officeId, step)).toBe(true)
    }
    for (const alert of changes.alerts) {
      for (const [date, time] of alert.slots) {
        const name = `${alert.officeId} ${date} ${time}`
        if (alert.kind === 'gone') expect(told.delete(name)).toBe(true)
        else {
          expect(told.has(name)).toBe(false)
          told.add(name)
        }
      }
    }
    known = apply(known, changes, portal.now())
  }

  for (const kind of FAULTS) {
    for (const probability of [1, 0.3, 0.1]) {
      portal.clearFaults()
      portal.fault({ kind, probability })
      portal.shuffle(6)
      portal.advance(MINUTE)
      await readAndApply()
    }
  }
  expect(failures).toBeGreaterThan(20)

  portal.clearFaults()
  portal.advance(24 * 60 * MINUTE)
  for (let i = 0; i < HORIZON_MONTHS; i++) await readAndApply()
  const actual = portal.offices('TO').flatMap(({ id }) =>
    portal
      .slots(String(id))
      .filter((slot) => slot.total > slot.taken)
      .map((slot) => `${id} ${slotKey(slot)} x${slot.total - slot.taken}`),
  )
  const held = known.flatMap((office) =>
    office.slots.map((slot) => `${office.id} ${slotKey(slot)} x${slot.places}`),
  )
  expect(actual.length).toBeGreaterThan(10)
  expect(held.sort()).toEqual(actual.sort())
})
