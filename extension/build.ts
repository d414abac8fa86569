import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { encode } from 'fast-png'
import { manifestFor, PORTAL } from './manifest.ts'

const SOURCE = import.meta.dirname

export interface ExtensionOptions {
  /** The folder to write; its other files stay. */
  out: string
  /** The portal's address, no slash at the end. */
  portal?: string
}

/** A counter with its window, 128 by 128. */
function icon(): Uint8Array {
  const size = 128
  const data = new Uint8Array(size * size * 4)
  const inside = (x: number, y: number, [left, top, right, bottom]: readonly number[]) =>
    x >= (left ?? 0) && x < (right ?? 0) && y >= (top ?? 0) && y < (bottom ?? 0)
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const white = inside(x, y, [34, 28, 94, 72]) || inside(x, y, [22, 84, 106, 98])
      const filled = inside(x, y, [8, 8, 120, 120])
      data.set(white ? [255, 255, 255, 255] : filled ? [0, 105, 92, 255] : [0, 0, 0, 0], (y * size + x) * 4)
    }
  }
  return encode({ width: size, height: size, data, channels: 4, depth: 8 })
}

/** Builds the extension into a folder that browsers load. */
export async function buildExtension({ out, portal = PORTAL }: ExtensionOptions): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(SOURCE, '../package.json'), 'utf8')) as { version: string }
  mkdirSync(out, { recursive: true })
  await build({
    entryPoints: [join(SOURCE, 'background.ts'), join(SOURCE, 'panel.ts')],
    bundle: true,
    format: 'esm',
    target: ['chrome121', 'firefox128'],
    // Readable, so that reviewers of the browsers' stores and operators can compare it with the sources.
    minify: false,
    define: { PORTAL_ORIGIN: JSON.stringify(portal) },
    outdir: out,
    logLevel: 'warning',
  })
  for (const file of ['panel.html', 'panel.css', '_locales'])
    cpSync(join(SOURCE, file), join(out, file), { recursive: true })
  writeFileSync(join(out, 'icon.png'), icon())
  writeFileSync(join(out, 'manifest.json'), `${JSON.stringify(manifestFor(portal, version), null, 2)}\n`)
}
