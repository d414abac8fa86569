import { expect, test } from 'vitest'
import { beginsManyTowns, provincesNamed, searchPlaces } from '../../src/passport/provinces/place-search.ts'
import { provinceByCode, provinces } from '../../src/passport/provinces/provinces.ts'
import { townIndex, townsCalled } from '../../src/passport/provinces/towns.ts'

const meant = (typed: string) =>
  searchPlaces(typed)
    .map(({ province, town }) => (town === null ? province.code : `${town} → ${province.code}`))
    .sort()

test('all municipalities are there, each under one of the 107 provinces', () => {
  const towns = [...townIndex().values()].flat()
  expect(towns.length).toBeGreaterThan(7_800)
  expect(new Set(towns.map(({ province }) => province))).toEqual(new Set(provinces.map(({ code }) => code)))
  for (const { province } of towns) expect(provinceByCode(province)?.code).toBe(province)
})

test.each([
  ['Empoli', ['Empoli → FI']],
  ['empoli (FI)', ['Empoli → FI']],
  ['Modica', ['Modica → RG']],
  ['MODICA', ['Modica → RG']],
  ['Sanremo', ['Sanremo → IM']],
  ['Busto Arsizio', ['Busto Arsizio → VA']],
  ["Sant'Agata de’ Goti", ["Sant'Agata de' Goti → BN"]],
  ['Castro', ['Castro → BG', 'Castro → LE']],
  ['Castro (LE)', ['Castro → LE']],
  ['Castro, Bergamo', ['Castro → BG']],
  ['Samone', ['Samone → TN', 'Samone → TO']],
  ['Empolli', ['Empoli → FI']],
  ['Busto Arsizzio', ['Busto Arsizio → VA']],
  ['busto arsi', ['Busto Arsizio → VA']],
  ['Tornio', ['TO']],
  ['Modice', ['Modica → RG']],
  ['Napli', ['NA']],
  ['Modna', ['MO']],
  ['Roma', ['RM']],
  ['Massa', ['MS']],
  ['RE', ['RE']],
  ['San Giovanni Rotondo', ['San Giovanni Rotondo → FG']],
  ['S. Giovanni Rotondo', ['San Giovanni Rotondo → FG']],
  ['Montalto di', ['Montalto di Castro → VT']],
  ['San Giovanni', []],
  ['Santa Maria', []],
  ['Vattelapesca', []],
])('«%s» is %j', (typed, places) => {
  expect(meant(typed)).toEqual(places)
})

test('the first words of some towns list them, and are no mistyped other town', () => {
  const names = searchPlaces('Casale').map(({ town }) => town)
  expect(names).toContain('Casale Monferrato')
  expect(names.filter((name) => !name?.startsWith('Casale '))).toEqual([])
})

test('the first words of very many towns are known for that', () => {
  expect(['San Giovanni', 'santa maria', 'CASTEL'].map(beginsManyTowns)).toEqual([true, true, true])
  const other = ['', 'Castro', 'San Giovanni Rotondo', 'Casale', 'Roma', 'Vattelapesca']
  expect(other.filter(beginsManyTowns)).toEqual([])
})

test('no town is taken for a province with a similar name', () => {
  const wrong = [...townIndex()].filter(([name, towns]) => {
    const places = searchPlaces(name)
    return !towns.some(({ province }) => places.some((place) => place.province.code === province))
  })
  // Two letters are the code of a province first.
  expect(wrong.map(([name]) => name).filter((name) => name.length > 2)).toEqual([])
})

test('only a province named clearly is followed without asking', () => {
  const clear = (typed: string) => provincesNamed(typed).map(({ code }) => code)
  expect(clear('forli')).toEqual(['FC'])
  expect(clear('to')).toEqual(['TO'])
  for (const typed of ['Empoli', 'Castro', 'Napli', 'vorrei Napoli']) expect(clear(typed)).toEqual([])
})

test('names are compared without case, accents and punctuation', () => {
  expect(townsCalled('forlì').map(({ province }) => province)).toEqual(['FC'])
  expect(townsCalled('constructor')).toEqual([])
})
