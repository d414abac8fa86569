import { readdirSync, readFileSync } from 'node:fs'
import { type AST, RegExpParser, visitRegExpAST } from '@eslint-community/regexpp'
import { parse } from 'acorn'
import { transformSync } from 'esbuild'
import { getConsumedChars, isPotentiallyEmpty, toUnicodeSet } from 'regexp-ast-analysis'
import { analyse } from 'scslre'

/** A pattern of the code. */
export interface Pattern {
  file: string
  source: string
  flags: string
}

/** Every regular expression that is written out in the Workers' code and the watcher's, by the syntax of the code. */
export function writtenPatterns(folders: readonly string[]): Pattern[] {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.tsx?$/.test(name) && !name.includes('generated'))
      .flatMap((name) => patternsIn(`${folder}/${name}`)),
  )
}

function patternsIn(file: string): Pattern[] {
  const loader = file.endsWith('x') ? 'tsx' : 'ts'
  const { code } = transformSync(readFileSync(file, 'utf8'), { loader, jsx: 'automatic', target: 'esnext' })
  const found: Pattern[] = []
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    if ('regex' in node && typeof node.regex === 'object' && node.regex !== null) {
      const { pattern, flags } = node.regex as { pattern: string; flags: string }
      found.push({ file, source: pattern, flags })
      return
    }
    for (const part of Object.values(node)) visit(part)
  }
  visit(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }))
  return found
}

const parser = new RegExpParser()

/** What stands before and after a part of a pattern, in every alternative that it is nested in. */
function around(part: AST.Quantifier): { before: AST.Element[]; after: AST.Element[] } {
  const before: AST.Element[] = []
  const after: AST.Element[] = []
  for (let node: AST.Node | null = part; node; node = node.parent) {
    if (node.parent?.type !== 'Alternative') continue
    const { elements } = node.parent
    const at = elements.indexOf(node as AST.Element)
    before.unshift(...elements.slice(0, at))
    after.push(...elements.slice(at + 1))
  }
  return { before, after }
}

/**
 * Endless repetitions behind a beginning that they match too, in a pattern that may start anywhere: `password.*expired` goes
 * through the rest of the text at each `password`.
 */
function rescans({ source, flags: written }: Pattern): string[] {
  const flags = parser.parseFlags(written)
  const { unicode, unicodeSets } = flags
  const found: string[] = []
  visitRegExpAST(parser.parsePattern(source, 0, source.length, { unicode, unicodeSets }), {
    onQuantifierEnter(quantifier) {
      const { element, max, raw } = quantifier
      if (max !== Number.POSITIVE_INFINITY) return
      if (
        element.type !== 'Character' &&
        element.type !== 'CharacterSet' &&
        element.type !== 'CharacterClass'
      )
        return
      const repeated = toUnicodeSet(element, flags).chars
      const { before, after } = around(quantifier)
      const startsOnce = before.some(
        (part) => part.type === 'Assertion' && part.kind === 'start' && !flags.multiline,
      )
      if (startsOnce || after.every((part) => isPotentiallyEmpty(part, flags))) return
      const beginning = before.filter(({ type }) => type !== 'Assertion')
      const isRepeatedToo = (part: AST.Element) =>
        !getConsumedChars(part, flags).chars.isDisjointWith(repeated)
      if (beginning.length > 0 && beginning.every(isRepeatedToo)) found.push(raw)
    },
  })
  return found
}

/** Why matching a pattern can take more than linear time; empty: it cannot, as far as is known. */
export function slowParts(pattern: Pattern): string[] {
  const { reports } = analyse(
    { source: pattern.source, flags: pattern.flags },
    { reportTypes: { Move: true } },
  )
  return [...reports.map(({ type }) => type), ...rescans(pattern)]
}
