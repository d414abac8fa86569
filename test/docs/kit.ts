import { readdirSync, readFileSync } from 'node:fs'

/** A page of the documentation. */
export interface Page {
  file: string
  text: string
}

/** The README and every page of docs/. */
export const pages: Page[] = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
  .filter((file) => file.endsWith('.md'))
  .map((file) => ({ file, text: readFileSync(file, 'utf8') }))

const withoutComment = (line: string) => line.replace(/\s+#.*$/, '').trim()

/** A command that a line's comment names, e.g. `# …; npm run restore -- FILE puts it back`. */
const inComment = (line: string) => /#.*?\b(npm run \S+(?: -- [A-Z]+)?)/.exec(line)?.[1] ?? ''

/** Every command of a page: the lines of its shell blocks, and what it names in backticks. */
export function commandsIn({ text }: Page): string[] {
  const blocks = [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  )
  const inline = [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)].map(
    ([, code = '']) => code,
  )
  const commands = [
    ...blocks.flatMap((line) => [withoutComment(line), inComment(line)]),
    ...inline.filter((code) => /^(?:[A-Z_]+=\S+ )*(?:npm|npx) /.test(code)),
  ]
  return [...new Set(commands.filter(Boolean))]
}

/** What a page names in backticks, code blocks left out. */
export const namesIn = ({ text }: Page): string[] => [
  ...new Set(
    [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code),
  ),
]
