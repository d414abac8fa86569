import { describe, expect, test } from 'vitest'
import { type SlotFilter, slotWanted } from '../../src/passport/follow/slot-filter.ts'

const open: SlotFilter = {
  onlyOffices: null,
  onlyBefore: null,
  onlyFrom: null,
  onlyTo: null,
  minPlaces: 1,
}
const office = { id: '46', province: 'TO' }
const slot = { date: '2026-12-19', time: '09:00', places: 2 }

describe('which slots a chat wants', () => {
  test('without preferences every one', () => {
    expect(slotWanted(open, office, slot)).toBe(true)
  })

  test.each<[string, Partial<SlotFilter>, boolean]>([
    ['its own office', { onlyOffices: ['TO:46'] }, true],
    ['another office of the province', { onlyOffices: ['TO:47'] }, false],
    ['offices of other provinces only', { onlyOffices: ['MI:47'] }, true],
    ['an office with the same number elsewhere', { onlyOffices: ['MI:46', 'TO:47'] }, false],
    ['before the same day', { onlyBefore: '2026-12-19' }, false],
    ['before the next day', { onlyBefore: '2026-12-20' }, true],
    ['from its very time', { onlyFrom: '09:00' }, true],
    ['from a minute later', { onlyFrom: '09:01' }, false],
    ['until its very time', { onlyTo: '09:00' }, false],
    ['until a minute later', { onlyTo: '09:01' }, true],
    ['as many places', { minPlaces: 2 }, true],
    ['more places', { minPlaces: 3 }, false],
  ])('%s', (_, prefs, wanted) => {
    expect(slotWanted({ ...open, ...prefs }, office, slot)).toBe(wanted)
  })
})
