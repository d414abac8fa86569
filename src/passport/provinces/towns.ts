import { foldText } from '../../platform/fold.ts'
import { townNames } from './towns.generated.ts'

/** An Italian municipality, and the code of the province whose police headquarters serves it. */
export interface Town {
  name: string
  province: string
}

let index: Map<string, Town[]> | undefined

/** All municipalities by folded name, built at the first search: most requests need none. */
export function townIndex(): ReadonlyMap<string, readonly Town[]> {
  if (index) return index
  index = new Map()
  for (const [province, names] of Object.entries(townNames))
    for (const name of names.split('|')) {
      const key = foldText(name)
      index.set(key, [...(index.get(key) ?? []), { name, province }])
    }
  return index
}

/** The municipalities of that name, ignoring case, accents and punctuation; names are not unique in Italy. */
export const townsCalled = (typed: string): readonly Town[] => townIndex().get(foldText(typed)) ?? []
