import fc from 'fast-check'
import { expect, test } from 'vitest'
import { searchProvinces } from '../../src/passport/provinces/place-search.ts'
import {
  provinceByCode,
  provinces,
  provincesOf,
  regionNamed,
  regions,
} from '../../src/passport/provinces/provinces.ts'
import { foldText } from '../../src/platform/fold.ts'

const found = (text: string) =>
  searchProvinces(text)
    .map((province) => province.code)
    .sort()
    .join(' ')

test('there are 107 provinces with a code of their own, in 20 regions', () => {
  expect(provinces).toHaveLength(107)
  expect(new Set(provinces.map((province) => province.code)).size).toBe(107)
  expect(regions).toHaveLength(20)
  expect(regions.flatMap((region) => provincesOf(region))).toHaveLength(107)
})

test.each([
  ['TO', 'TO'],
  ['to', 'TO'],
  ['torino', 'TO'],
  ['Turin', 'TO'],
  ['tornino', 'TO'],
  ['forli', 'FC'],
  ['Forlì', 'FC'],
  ['forli cesena', 'FC'],
  ['FORLÌ-CESENA (FC)', 'FC'],
  ['reggio', 'RC RE'],
  ['reggio emilia', 'RE'],
  ["l'aquila", 'AQ'],
  ['L’Aquila', 'AQ'],
  ['laquila', 'AQ'],
  ['aquila', 'AQ'],
  ['monza', 'MB'],
  ['bolzano/bozen', 'BZ'],
  ['Südtirol', 'BZ'],
  ['aosta', 'AO'],
  ["valle d'aosta", 'AO'],
  ['pesaro urbino', 'PU'],
  ['vebania', 'VB'],
  ['vorrei il passaporto a Napoli', 'NA'],
  ['', ''],
  ['ciao', ''],
  ['x', ''],
  ['passaporto', ''],
  ['constructor', ''],
])('«%s» means: %s', (typed, codes) => {
  expect(found(typed)).toBe(codes)
})

test('every name and every code finds its province alone, whatever its accents and capitals', () => {
  for (const { code, name } of provinces) {
    for (const text of [code, name, name.toUpperCase(), foldText(name), ` ${name} `])
      expect(found(text)).toBe(code)
  }
})

test('regions are known by name', () => {
  expect(regionNamed('valle d’aosta')).toBe("Valle d'Aosta")
  expect(regionNamed('EMILIA ROMAGNA')).toBe('Emilia-Romagna')
  expect(regionNamed('padania')).toBeUndefined()
})

test('any text gives at most a handful of real provinces', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.lorem()), (text) => {
      const matches = searchProvinces(text)
      expect(matches.length).toBeLessThanOrEqual(8)
      for (const match of matches) expect(provinceByCode(match.code)).toBe(match)
    }),
  )
})
