import fc from 'fast-check'
import { expect, test } from 'vitest'
import { provincesServing } from '../../src/passport/towns.ts'

const towns = [
  { name: 'SAN MAURO', province: 'TO' },
  { name: 'SAN MAURO CILENTO', province: 'SA' },
  { name: "SANT'AGATA", province: 'BN' },
]

test('a town so called goes before those that only begin so', () => {
  expect(provincesServing(towns, 'San Mauro')).toEqual(['TO'])
  expect(provincesServing(towns, 'san mau')).toEqual(['TO', 'SA', 'BN'])
  expect(provincesServing(towns, 'Sant’Agata')).toEqual(['BN'])
})

test('never more provinces than somebody can choose from, each once, each of the answer', () => {
  const town = fc.record({ name: fc.string({ maxLength: 8 }), province: fc.stringMatching(/^[A-Z]{2}$/) })
  fc.assert(
    fc.property(fc.array(town), fc.string({ maxLength: 8 }), (some, typed) => {
      const codes = provincesServing(some, typed)
      expect(codes.length).toBeLessThanOrEqual(6)
      expect(new Set(codes).size).toBe(codes.length)
      for (const code of codes) expect(some.map(({ province }) => province)).toContain(code)
    }),
  )
})
