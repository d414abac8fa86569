import fc from 'fast-check'
import { inject, test, vi } from 'vitest'

/** How much the fuzz room does: see `fuzzSize` in vitest.config.ts. */
export interface FuzzSize {
  /** Cases of the whole room; each target takes its share. */
  cases: number
  seed: number
}

/** What one target did, for the table of `npm run fuzz`. */
export interface FuzzRecord {
  target: string
  cases: number
  seed: number
  ms: number
}

declare module 'vitest' {
  interface ProvidedContext {
    fuzz: FuzzSize
  }
  interface TaskMeta {
    fuzz?: FuzzRecord
  }
}

/** What must never be read by a person: the traces of a value that was not there, or of a stack. */
export const NONSENSE =
  /undefined|\bnull\b|\bNaN\b|\[object|Invalid Date|=>|\b(?:Type|Range|Syntax|Reference)?Error\b|\n\s+at \S+/

/** What a visitor reads of a page: no scripts, no styles, no tags. */
export const shownIn = (html: string): string =>
  html.replace(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, '').replace(/<[^>]*>/g, ' ')

/** The traces of a fault of ours in a page. */
export const FAULT_SHOWN =
  /\bundefined\b|\bNaN\b|\[object|Invalid Date|(?:Type|Range|Syntax|Reference)Error|D1_ERROR|SQLITE|\n\s+at \S+/

/** Whatever JSON holds: of every type, nested, with the names that trip JavaScript up. */
export const oddJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    null,
    '',
    '__proto__',
    'constructor',
    -1,
    0,
    1e21,
    Number.MAX_SAFE_INTEGER + 2,
    [],
    {},
    [[]],
    true,
  ),
  fc.dictionary(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'length', 'id', 'then', ''),
    fc.jsonValue({ maxDepth: 1 }),
    { maxKeys: 4 },
  ),
)

/** Texts that a person or an attacker may send. */
export const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.lorem({ maxCount: 3 }),
  fc.constantFrom(
    '\u0000',
    '\ud800',
    '\u202e\u200d',
    "'; DROP TABLE chats; --",
    '<script>alert(1)</script>',
    '<b>&amp;',
    '../../etc/passwd',
    '%00%0a',
    '{{7*7}}',
    'a'.repeat(5_000),
    '😀'.repeat(2_500),
    '31/12/2026',
    '29/02/2027',
    '22-7',
  ),
)

/**
 * A value with one thing in it wrong: a field missing, or something odd in its place, at any depth. What is nearly right
 * gets further than noise.
 */
export const spoilt = <Value>(value: Value): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }),
      fc.oneof(oddJson, oddText, fc.constant(undefined)),
    )
    .map(([path, odd]) => spoil(value, path, odd))

function spoil(value: unknown, [at = 0, ...rest]: number[], odd: unknown): unknown {
  if (value === null || typeof value !== 'object') return odd
  const names = Object.keys(value)
  const name = names[at % (names.length + 1)]
  if (name === undefined) return odd
  const inner: unknown = Reflect.get(value, name)
  const changed = rest.length === 0 ? odd : spoil(inner, rest, odd)
  if (Array.isArray(value)) return value.map((one, index) => (String(index) === name ? changed : one))
  return { ...value, [name]: changed }
}

/** A text with something odd put in at some place, or cut there. */
export const mangled = (text: string) =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.oneof(oddText, fc.constantFrom('<', '>', '"', "'", '</div>', '<div>', '{', '}')),
      fc.nat(2),
    )
    .map(([at, odd, how]) =>
      how === 0 ? text.slice(0, at) : text.slice(0, at) + odd + text.slice(how === 1 ? at : at + 20),
    )

/** The cases of the room that a target of that share gets. */
export const casesOf = (share: number): number => Math.max(5, Math.round(inject('fuzz').cases * share))

/**
 * A test that holds for every case of a target: about `share` of the room's cases, from its seed. A failure prints the
 * smallest case found, its seed and path. Log lines are kept for failures only; a line of level `error` is a failure
 * itself, as it says that something happened that nobody thought of.
 * @param allowed events of level `error` that the target provokes on purpose
 */
export function fuzz<Case>(
  target: string,
  share: number,
  cases: fc.Arbitrary<Case>,
  hold: (one: Case) => Promise<void> | void,
  { allowed = [], after }: { allowed?: string[]; after?: () => Promise<void> } = {},
): void {
  test(`${target}: every case holds`, { timeout: 900_000 }, async ({ task }) => {
    const { seed } = inject('fuzz')
    const errors = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    for (const level of ['info', 'warn'] as const)
      vi.spyOn(console, level).mockImplementation(() => undefined)
    const startedAt = performance.now()
    let done = 0
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        errors.mockClear()
        done += 1
        await hold(one)
        for (const [line] of errors.mock.calls) {
          if (!allowed.includes(eventOf(line))) throw new Error(`logged as an error: ${line}`)
        }
      }),
      { numRuns: casesOf(share), seed },
    )
    await after?.()
    task.meta.fuzz = { target, cases: done, seed, ms: Math.round(performance.now() - startedAt) }
    vi.restoreAllMocks()
  })
}

function eventOf(line: unknown): string {
  const found = /^\{"event":"([\w-]+)"/.exec(String(line))
  return found?.[1] ?? ''
}
