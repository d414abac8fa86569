/** After a line was shown, lines that differ only in numbers are held back for this long, ms. */
const QUIET = 60_000

/** How many kinds of lines are remembered. */
const MOST = 500

/** The common part of all lines of one kind: without numbers, ids and stack. */
const kindOf = (line: string): string =>
  line
    .split('\n', 1)
    .join('')
    .replace(/\\n[^"]*/g, '')
    .replace(/[0-9a-f]{8,}|\d+/gi, '#')
    .slice(0, 300)

/**
 * Prints one line of each kind a minute and adds to the next one how many were left out, so that a failure that
 * repeats every second does not hide everything else.
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

/** What the terminal says once everything runs: where the chat is, and where the public pages are. */
export const greeting = (chat: string, pages: string): string =>
  [
    '',
    '  Sportello runs. Ctrl-C stops everything.',
    `    chat with the bot   ${chat}`,
    `    the public pages    ${pages}`,
    '',
  ].join('\n')
