import { foldText } from '../../platform/fold.ts'
import { regionList } from './province-list.ts'

/** An Italian province as the portal knows it. */
export interface Province {
  /** Two-letter code of its questura, e.g. `TO`. */
  code: string
  name: string
  region: string
  /** Other names that people type, in any language, as `foldText` gives them. */
  aliases: string[]
}

/** All 107 provinces, by region from north to south, then by name. */
export const provinces: readonly Province[] = Object.entries(regionList).flatMap(([region, entries]) =>
  entries
    .map((entry) => {
      const [name = '', ...aliases] = entry.slice(3).split('|')
      return { code: entry.slice(0, 2), name, region, aliases: [foldText(name), ...aliases] }
    })
    .sort((a, b) => a.name.localeCompare(b.name, 'it')),
)

/** The 20 regions by name. */
export const regions: readonly string[] = Object.keys(regionList).sort((a, b) => a.localeCompare(b, 'it'))

const byCode = new Map(provinces.map((province) => [province.code, province]))

/** The province with that two-letter code, in any case; undefined when there is none. */
export const provinceByCode = (code: string): Province | undefined => byCode.get(code.trim().toUpperCase())

/** The name shown for a code; the code itself when it is unknown. */
export const provinceName = (code: string): string => byCode.get(code)?.name ?? code

/** The provinces of a region, by name. */
export const provincesOf = (region: string): readonly Province[] =>
  provinces.filter((province) => province.region === region)

/** The region that a text names in full, ignoring case, accents and punctuation. */
export const regionNamed = (text: string): string | undefined =>
  regions.find((region) => foldText(region) === foldText(text))
