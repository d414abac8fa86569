import { expect, test, vi } from 'vitest'
import { type Pattern, slowParts, writtenPatterns } from './slow-patterns.ts'

/* Every pattern of the Workers and the watcher may meet text of strangers: none may take more than linear time. */

const named = (patterns: readonly Pattern[]) =>
  patterns.flatMap((pattern) => {
    const slow = slowParts(pattern)
    return slow.length > 0 ? [`${pattern.file}: /${pattern.source}/${pattern.flags} (${slow.join()})`] : []
  })

test('no pattern that is written out goes over its text again and again', () => {
  const patterns = writtenPatterns(['src', 'scripts/watch'])
  // Fewer would mean that the test no longer finds the patterns of the code.
  expect(patterns.length).toBeGreaterThan(150)
  expect(named(patterns)).toEqual([])
})

test('nor does one that is put together from parts', async () => {
  const made: Pattern[] = []
  const Original = globalThis.RegExp
  vi.resetModules()
  globalThis.RegExp = new Proxy(Original, {
    construct(target, [source, flags = ''], newTarget) {
      const file = /\/(src\/[\w/.-]+\.tsx?)/.exec(
        new Error('made here').stack?.split('\n').find((line) => line.includes('/src/')) ?? '',
      )
      if (typeof source === 'string' && file) made.push({ file: file[1] ?? '', source, flags: String(flags) })
      return Reflect.construct(target, [source, flags], newTarget)
    },
  })
  try {
    await import('../../src/bot/typed.ts')
    await import('../../src/bot/buttons.ts').then(({ pressed }) => pressed('verb'))
    await import('../../src/sport/site/site-pages.ts').then(({ dayTitle }) => dayTitle('2026-11-28'))
    await import('../../src/sport/site/rejection-words.ts')
    await import('../../src/platform/paste/shell-words.ts')
    await import('../../src/platform/paste/powershell.ts')
  } finally {
    globalThis.RegExp = Original
    vi.resetModules()
  }
  expect(new Set(made.map(({ file }) => file)).size).toBe(7)
  expect(named(made)).toEqual([])
})

test.each([
  ['(a+)+b', ''],
  ['\\s+$', ''],
  ['(?:a|a)*b', ''],
  ['\\s*,?\\s*x', ''],
  ['password.*expired', 'i'],
  ['cookie:[^\\n]*;', ''],
])('a slow pattern is found: /%s/%s', (source, flags) => {
  expect(slowParts({ file: '', source, flags })).not.toEqual([])
})

test.each([
  ['^\\s+x', ''],
  ['"([^"]*)"', 'g'],
  ['\\d{1,4}:\\d{2}', ''],
  ['password.{0,60}expired', 'i'],
])('a fast one is not: /%s/%s', (source, flags) => {
  expect(slowParts({ file: '', source, flags })).toEqual([])
})
