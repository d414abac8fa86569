import { join } from 'node:path'
import { build } from 'esbuild'
import type { BuiltWorker } from './bundle.ts'

/** A module that wraps a Worker's own code. */
export interface Wrapper {
  /** Names its modules inside the Worker. */
  name: string
  /**
   * The TypeScript file. It exports `wrap(exports, options)`: what it returns takes the place of the Worker's exports. It
   * is evaluated before the Worker's own modules.
   */
  file: string
  /** Given to `wrap`; JSON. */
  options: unknown
}

const bundles = new Map<string, Promise<string>>()

/** Bundles a wrapper's file, once in each process. */
function bundle(file: string): Promise<string> {
  const known = bundles.get(file)
  if (known) return known
  const made = build({
    entryPoints: [file],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2024',
    external: ['node:*', 'cloudflare:*'],
  }).then(({ outputFiles }) => outputFiles[0]?.text ?? '')
  bundles.set(file, made)
  return made
}

/** Classes of objects that a Worker exports itself. */
function objectClasses({ options }: BuiltWorker): string[] {
  const declared = (options.durableObjects ?? {}) as Record<
    string,
    string | { className: string; scriptName?: string }
  >
  return Object.values(declared).flatMap((each) => {
    if (typeof each === 'string') return [each]
    return each.scriptName === undefined ? [each.className] : []
  })
}

/** Puts a wrapper around a Worker, outside those that it has already. */
export async function wrapWorker(built: BuiltWorker, { name, file, options }: Wrapper): Promise<BuiltWorker> {
  const [main] = built.modules
  if (!main) throw new Error(`${built.worker} has no code`)
  const classes = objectClasses(built).map(
    (className) => `export const ${className} = wrapped[${JSON.stringify(className)}]`,
  )
  const entry = [
    `import { wrap } from './${name}.js'`,
    `import * as worker from './${main.path}'`,
    `const wrapped = wrap({ ...worker }, ${JSON.stringify(options)})`,
    'export default wrapped.default',
    ...classes,
  ]
  return {
    ...built,
    modules: [
      { type: 'ESModule', path: `${name}-entry.js`, contents: entry.join('\n') },
      {
        type: 'ESModule',
        path: `${name}.js`,
        contents: await bundle(join(import.meta.dirname, '../..', file)),
      },
      ...built.modules,
    ],
  }
}
