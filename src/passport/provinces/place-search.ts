import { distance } from 'fastest-levenshtein'
import { foldText } from '../../platform/fold.ts'
import { type Province, provinceByCode, provinces } from './provinces.ts'
import { type Town, townIndex, townsCalled } from './towns.ts'

/** Longest text that is searched; names of places are shorter. */
const LONGEST = 100
/** A text that matches more places than this is too vague. */
const MOST = 8
/** From this length on towns are matched by prefix and with typing mistakes: shorter texts match too much. */
const TOWN_LENGTH = 5

/** A province that a typed text may mean, and the town of it that was typed; null: the province itself. */
export interface Place {
  province: Province
  town: string | null
}

/** How many typing mistakes are tolerated in the name of a province, or of a town, of that length. */
const forgiven = (length: number) => (length >= 6 ? 2 : length >= 4 ? 1 : 0)
const forgivenInTown = (length: number) => (length >= 10 ? 2 : length >= 6 ? 1 : 0)

const provincesHaving = (matches: (alias: string) => boolean): Province[] =>
  provinces.filter((province) => province.aliases.some(matches))

const asPlaces = (list: readonly Province[]): Place[] => list.map((province) => ({ province, town: null }))

function placesOf(towns: readonly Town[]): Place[] {
  return towns.flatMap(({ name, province }) => {
    const found = provinceByCode(province)
    return found ? [{ province: found, town: name }] : []
  })
}

/** "Bolzano/Bozen", "Forlì (FC)", "Castro (LE)": any part may name it. */
const partsOf = (typed: string): string[] =>
  typed
    .split(/[/(),]/)
    .map(foldText)
    .filter(Boolean)

/** Towns with that name; a province beside it selects one of several. */
function exactTowns(typed: string): Place[] {
  const parts = partsOf(typed)
  const towns = [typed, ...parts].map(townsCalled).find((found) => found.length > 0) ?? []
  const places = placesOf(towns)
  const named = places.filter(
    ({ province, town }) =>
      parts.includes(province.code.toLowerCase()) ||
      parts.some((part) => part !== foldText(town ?? '') && province.aliases.includes(part)),
  )
  return named.length > 0 ? named : places
}

/** The provinces that a text names exactly: by code (`TO`), by name, by a part of it. */
function exactProvinces(typed: string): Province[] {
  const text = foldText(typed)
  const code = provinceByCode(text)
  if (code) return [code]
  const exact = provincesHaving((alias) => alias === text)
  if (exact.length > 0) return exact
  const parts = partsOf(typed)
  return provincesHaving((alias) => parts.includes(alias))
}

/** How many typing mistakes lie between two names; two letters swapped are one. */
function mistakes(a: string, b: string): number {
  const away = distance(a, b)
  if (away !== 2 || a.length !== b.length) return away
  const at = [...a].findIndex((letter, index) => letter !== b[index])
  return a[at] === b[at + 1] && a[at + 1] === b[at] ? 1 : 2
}

/** The entries whose names differ least from a text, within a limit, and by how much. */
function closest<Item>(text: string, limit: number, entries: Iterable<[name: string, item: Item]>) {
  let far = limit
  let found: Item[] = []
  for (const [name, item] of entries) {
    if (Math.abs(name.length - text.length) > far) continue
    const away = mistakes(name, text)
    if (away > far) continue
    found = away < far ? [item] : [...found, item]
    far = away
  }
  return { found, far }
}

/** The places with typing mistakes: provinces, and towns where they are closer. */
function nearest(text: string): Place[] {
  const named = provinces.flatMap((province) =>
    province.aliases.map((alias): [string, Province] => [alias, province]),
  )
  const { found, far } = closest(text, forgiven(text.length), named)
  const limit = Math.min(forgivenInTown(text.length), found.length > 0 ? far - 1 : 9)
  const towns = closest(text, limit, townIndex()).found.flat()
  return [...asPlaces(found), ...(limit > 0 ? placesOf(towns) : [])]
}

const unique = (places: readonly Place[]): Place[] => [
  ...new Map(places.map((place) => [`${place.province.code} ${place.town ?? ''}`, place])).values(),
]
/** All places, or none when there are too many to list. */
const few = (places: readonly Place[]): Place[] => (unique(places).length <= MOST ? unique(places) : [])

const townsBeginning = (text: string): Town[] =>
  [...townIndex()].flatMap(([name, found]) => (name.startsWith(text) ? found : []))

/** True for the first words of more towns than can be listed ("San Giovanni"), unless a place is called so. */
export function beginsManyTowns(typed: string): boolean {
  const text = foldText(typed.slice(0, LONGEST))
  return text !== '' && searchPlaces(typed).length === 0 && townsBeginning(`${text} `).length > MOST
}

/**
 * The places that a typed text may mean, best first: a province of that name, a town of that name, a province or town
 * by prefix, one with typing mistakes, a province named within a sentence. An exact town precedes a similar province:
 * "Empoli" is no mistyped Napoli, and "Casale" no mistyped Canale. Empty: none, or too many to list.
 */
export function searchPlaces(typed: string): readonly Place[] {
  const cut = typed.slice(0, LONGEST)
  const text = foldText(cut)
  if (text === '') return []
  const exact = exactProvinces(cut)
  // "Castro (LE)" names a town, and its province only beside it.
  const towns = exactTowns(cut)
  if (
    exact.length > 0 &&
    (towns.length === 0 || provincesHaving((alias) => alias === text).length > 0 || text.length === 2)
  )
    return few(asPlaces(exact))
  if (towns.length > 0) return few(towns)
  const begun = text.length >= 2 ? provincesHaving((alias) => ` ${alias}`.includes(` ${text}`)) : []
  if (begun.length > 0 && begun.length <= MOST) return asPlaces(begun)
  const words = text.length > 2 ? townsBeginning(`${text} `) : []
  if (words.length > 0) return words.length <= MOST ? placesOf(words) : []
  if (text.length >= TOWN_LENGTH) {
    const longer = townsBeginning(text)
    if (longer.length > 0 && longer.length <= MOST) return placesOf(longer)
  }
  const meant = few(nearest(text))
  if (meant.length > 0) return meant
  return few(asPlaces(provincesHaving((alias) => alias.length >= 4 && ` ${text} `.includes(` ${alias} `))))
}

/**
 * The provinces that a typed text names without doubt: by code, by name, or by the beginning of one of its words
 * (`forli`, `reggio`); never by similarity, and none when a town has that name. Empty: none, or too many to list.
 */
export function provincesNamed(typed: string): readonly Province[] {
  const cut = typed.slice(0, LONGEST)
  const text = foldText(cut)
  const places = searchPlaces(cut)
  const clear = places.every(
    ({ province, town }) =>
      town === null &&
      (exactProvinces(cut).includes(province) ||
        province.aliases.some((alias) => ` ${alias}`.includes(` ${text}`))),
  )
  return clear ? places.map(({ province }) => province) : []
}

/** The provinces that a person may mean by a typed text, each once, best first. */
export const searchProvinces = (typed: string): readonly Province[] => [
  ...new Set(searchPlaces(typed).map(({ province }) => province)),
]
