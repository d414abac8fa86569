import { expect, test } from 'vitest'
import type { ObservedOffice } from '../../src/passport/model.ts'
import { readAllOffices } from '../../src/passport/portal/portal-offices.ts'

/** A portal with some offices that gives at most `cap` of them at once. */
function portalOf(count: number, { cap = 5_000, total = true, paging = true } = {}) {
  const offices = Array.from({ length: count }, (_, i) => ({ id: String(i) })) as ObservedOffice[]
  const asked: number[] = []
  const read = async (max: number, skip: number) => {
    asked.push(max)
    const from = paging ? skip : 0
    return {
      ok: true as const,
      value: { offices: offices.slice(from, from + Math.min(max, cap)), total: total ? count : undefined },
    }
  }
  return { asked, read }
}

test.each([0, 1, 15, 16, 250])('a province of %i offices is read in one page', async (count) => {
  const { asked, read } = portalOf(count)
  const result = await readAllOffices(read)
  expect(result.ok && result.value.length).toBe(count)
  expect(asked).toEqual([1_000])
})

test.each([
  ['fifteen at most, with a total', 40, { cap: 15 }, 3],
  ['fifteen at most, without a total', 40, { cap: 15, total: false }, 3],
  ['two hundred at most', 450, { cap: 200 }, 3],
])('a portal that gives %s is paged on', async (_, count, options, requests) => {
  const { asked, read } = portalOf(count, options)
  const result = await readAllOffices(read)
  expect(result.ok && result.value.length).toBe(count)
  expect(asked).toHaveLength(requests)
})

test('exactly fifteen offices of a portal that ignores paging and gives no total are the whole', async () => {
  const { read } = portalOf(15, { paging: false, total: false })
  const result = await readAllOffices(read)
  expect(result.ok && result.value.length).toBe(15)
})
