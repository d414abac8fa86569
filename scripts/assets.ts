/** Bundles (or with --check, verifies) the pages' style, scripts and icons into one module that the edge Worker serves. */

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { build } from 'esbuild'
import { ICON_SIZES } from '../src/web/icon.ts'
import { readCheckFlag } from './command.ts'
import { iconPng } from './icon-png.ts'
import { readText } from './text.ts'

const check = readCheckFlag(
  'npm run assets: bundles the style, scripts and icons of the pages into src/web/assets.generated.ts.',
)

const SOURCE = 'src/web/client'
const TARGET = 'src/web/assets.generated.ts'
const TYPES: Record<string, string> = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' }
const HEADER =
  '// Generated from src/web/client by `npm run assets`; checked by `npm run check`. Do not edit.\n'

/** Scripts that a page loads; other files of the folder are their parts. */
const entries = readdirSync(SOURCE).filter((file) => /^(page-.*\.ts|site\.css)$/.test(file))

const { outputFiles } = await build({
  entryPoints: entries.map((file) => `${SOURCE}/${file}`),
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'safari16', 'chrome107', 'firefox115'],
  legalComments: 'none',
  outdir: 'assets',
  write: false,
})

const assets = outputFiles
  .map(({ path, text }) => {
    const [, name = '', extension = ''] = /([\w-]+)\.(\w+)$/.exec(path) ?? []
    const hash = createHash('sha256').update(text).digest('hex').slice(0, 10)
    return {
      name: `${name}.${extension}`,
      file: `${name}.${hash}.${extension}`,
      type: TYPES[extension],
      body: text,
    }
  })
  .sort((a, b) => a.name.localeCompare(b.name))

const generated = `${HEADER}
/** The pages' style and scripts by name; \`file\` changes with the content, so that browsers keep it for good. */
export const assets: Record<string, { file: string; type: string; body: string }> = ${JSON.stringify(
  Object.fromEntries(assets.map(({ name, ...asset }) => [name, asset])),
  null,
  2,
)}

/** The icon as PNGs in base64, by the length of their sides in pixels. */
export const iconPngs: Record<string, string> = ${JSON.stringify(
  Object.fromEntries(ICON_SIZES.map((size) => [size, Buffer.from(iconPng(size)).toString('base64')])),
  null,
  2,
)}
`

if (check) {
  if (!existsSync(TARGET) || readText(TARGET) !== generated) {
    console.error(`${TARGET} does not match ${SOURCE}: run \`npm run assets\` and commit it.`)
    process.exit(1)
  }
} else {
  writeFileSync(TARGET, generated)
}
