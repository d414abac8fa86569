import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { commandsIn, pages } from './kit.ts'

/**
 * What runs each command of the README, as written. `npm test` cannot run inside a test, so `.ci/run`, which a change must
 * pass before it lands, counts for it.
 */
const RUN_BY: Record<string, string> = {
  'npm ci': '.ci/run',
  'npm test': '.ci/run',
  'npm start': 'test/e2e/start.test.ts',
  'npm run dev': 'test/e2e/dev.test.ts',
  'npx wrangler login': 'test/docs/deploying.test.ts',
  'npm run setup': 'test/docs/deploying.test.ts',
  'npm run setup -- --dry-run': 'test/docs/deploying.test.ts',
  'npm run setup -- --without-sport': 'test/docs/deploying.test.ts',
  'npm run doctor': 'test/docs/deploying.test.ts',
  'npm run deploy': 'test/docs/deploying.test.ts',
  'npm run rollback': 'test/docs/deploying.test.ts',
  'npm run backup': 'test/docs/deploying.test.ts',
  'npm run restore -- FILE': 'test/docs/deploying.test.ts',
  'npm run watch -- --province TO --cookie-file cookie_token --csrf-file xcsrf_token --chat 12345':
    'test/watch/command.test.ts',
  'npm run -s watch -- --province TO --curl-file request.txt --once --json': 'test/watch/command.test.ts',
  'npm run extension': 'test/extension/browser.test.ts',
  'npm run check': '.ci/run',
  'npm run test:quick': '.github/workflows/ci.yml',
  'npm run bench': 'test/docs/working.test.ts',
  'npm run chaos': 'test/chaos/faults.test.ts',
  'npm run fuzz': 'test/docs/working.test.ts',
  'npm run screenshots': 'test/docs/working.test.ts',
}

const [readme] = pages
/** Cloning is not tested. */
const cloning = /^(?:git clone|cd) /
const commands = [
  ...new Set((readme ? commandsIn(readme) : []).flatMap((command) => command.split(' && '))),
].filter((command) => !cloning.test(command))

test('every command of the README has something that runs it, and nothing else is listed', () => {
  expect(commands.toSorted()).toEqual(Object.keys(RUN_BY).toSorted())
})

test.each(Object.entries(RUN_BY))('%s is run by %s', (command, file) => {
  const text = readFileSync(file, 'utf8')
  if (file === '.ci/run') expect(text.split('\n')).toContain(command)
  else if (file.endsWith('.yml')) expect(text).toContain(`- run: ${command}\n`)
  // Quoted, so that a longer command does not stand for a shorter one.
  else expect([`'${command}'`, `\`${command}\``].some((quoted) => text.includes(quoted))).toBe(true)
})
