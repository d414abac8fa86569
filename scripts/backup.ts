/**
 * npm run backup [-- FILE]: writes the database as SQL. Sealed values stay sealed, so keep the ENCRYPTION_KEY too.
 * npm run restore -- FILE: puts such a file back.
 */

import { openCloudflare } from './cloud/api.ts'
import { backUp, restore } from './cloud/copy.ts'
import { explain } from './cloud/explain.ts'
import { openWranglerFiles, withAccount } from './cloud/files.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'

const { values: flags, positionals } = readFlags(
  `npm run backup -- [FILE]               writes the database as SQL (sportello-YYYY-MM-DD.sql)
npm run restore -- FILE [--replace]    puts such a file back

  --replace   the database holds something: save it to a file, then put the copy in its place`,
  { restore: { type: 'boolean', default: false }, replace: { type: 'boolean', default: false } },
)

/** Seconds in the name, so that no copy overwrites another. */
const stamp = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')
const [file] = positionals

try {
  const env = withAccount(process.env, openWranglerFiles())
  const wrangler = createWrangler(env)
  if (flags.restore) {
    const api = await openCloudflare(env, wrangler)
    const { saved, missing } = await restore(api, wrangler, file, {
      replace: flags.replace,
      saveAs: `sportello-before-restore-${stamp}.sql`,
    })
    if (saved) console.log(`What was there before is in ${saved}.`)
    console.log(`${file} is the database now.`)
    if (missing.length > 0)
      console.log(`It is older than this code: run \`npm run deploy\` (${missing.join(', ')}).`)
  } else {
    const name = file ?? `sportello-${stamp}.sql`
    await backUp(wrangler, name)
    console.log(`The database was written to ${name}.`)
  }
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
