/** How long a line that is the same but for its figures is held back after it was shown, ms. */
const QUIET = 60_000

/** Kinds of lines that are remembered. */
const MOST = 500

/** What two lines of one kind have in common: no figures, ids or stack. */
const kindOf = (line: string): string =>
  line
    .split('\n', 1)
    .join('')
    .replace(/\\n[^"]*/g, '')
    .replace(/[0-9a-f]{8,}|\d+/gi, '#')
    .slice(0, 300)

/**
 * Passes lines on to the terminal, one of each kind a minute, and says with the next one how many were left out: a
 * failure that repeats every second must not bury everything else.
 * @param now epoch ms
 */
export function quietly(print: (line: string) => void, now: () => number): (line: string) => void {
  const seen = new Map<string, { shownAt: number; left: number }>()
  return (line) => {
    const kind = kindOf(line)
    const before = seen.get(kind)
    if (before && now() - before.shownAt < QUIET) {
      before.left += 1
      return
    }
    if (seen.size >= MOST) seen.clear()
    seen.set(kind, { shownAt: now(), left: 0 })
    print(before && before.left > 0 ? `${line}  (and ${before.left} like it)` : line)
  }
}
