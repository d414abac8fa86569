import type { Language } from '../texts/index.ts'

/** The language in `?lang=`; undefined when there is none. */
export const askedLanguage = (query: string | undefined): Language | undefined =>
  query === 'it' || query === 'en' ? query : undefined

/**
 * The better of our languages for an `Accept-Language` header (RFC 9110): the one with the highest weight, Italian when
 * it says nothing of either.
 */
export function acceptedLanguage(header: string | undefined): Language {
  const weights = { it: 0, en: 0 }
  for (const part of (header ?? '').slice(0, 500).split(',')) {
    const [tag = '', ...parameters] = part.trim().toLowerCase().split(';')
    const language = tag.split('-', 1)[0]
    if (language !== 'it' && language !== 'en') continue
    const quality = parameters.map((text) => /^\s*q=([\d.]+)\s*$/.exec(text)?.[1]).find(Boolean)
    const weight = quality === undefined ? 1 : Number(quality)
    if (weight > weights[language]) weights[language] = weight
  }
  return weights.en > weights.it ? 'en' : 'it'
}
