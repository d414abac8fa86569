type Reviver = (this: unknown, key: string, value: unknown, context?: { source?: string }) => unknown

/** JSON as the site may write it: names in lower case, whole numbers beyond 2^53 as the digits that were written. */
export type LenientJson = null | boolean | number | string | LenientJson[] | { [name: string]: LenientJson }

/** Digits that a JavaScript number cannot hold stay text. The engine hands the reviver the source since ES2025. */
const keepDigits: Reviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
    ? context?.source
    : value

function lowerNames(value: LenientJson): LenientJson {
  if (Array.isArray(value)) return value.map(lowerNames)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name.toLowerCase(), lowerNames(inner)]),
  )
}

/** Parses an answer without losing digits of its 18-digit ids, whatever the letter case of its fields; null when it is no JSON. */
export function parseLenient(text: string): LenientJson {
  try {
    return lowerNames(JSON.parse(text, keepDigits as Parameters<typeof JSON.parse>[1]) as LenientJson)
  } catch (error) {
    // Nested deeper than the stack: no honest answer is.
    if (error instanceof SyntaxError || error instanceof RangeError) return null
    throw error
  }
}

/** The fields of an object; null when it is none. */
export const fieldsOf = (value: LenientJson | undefined): Record<string, LenientJson> | null =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null

/** A field as trimmed text; empty when absent. */
export const textOf = (value: LenientJson | undefined): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
