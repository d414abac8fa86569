/**
 * npm run backup [-- FILE]: writes the database as SQL. Sealed values stay sealed, so keep the ENCRYPTION_KEY too.
 * npm run restore -- FILE: puts such a file back; with --at TIME, the database's own past, which D1 keeps for a month.
 * People who deleted everything since the backup do not come back.
 */

import { openCloudflare } from './cloud/api.ts'
import { backUp, goBack, restore } from './cloud/copy.ts'
import { explain } from './cloud/explain.ts'
import { openWranglerFiles, withAccount } from './cloud/files.ts'
import { createWrangler } from './cloud/wrangler.ts'
import { readFlags } from './command.ts'

const { values: flags, positionals } = readFlags(
  `npm run backup -- [FILE]               writes the database as SQL (sportello-YYYY-MM-DD.sql)
npm run restore -- FILE [--replace]    puts such a file back
npm run restore -- --at TIME           puts the database back to a time of its own past (2026-11-28T09:00:00Z)

  --replace         the database holds something: save it to a file, then put the copy in its place
  --later FILE      a later backup: people who deleted everything before it was made do not come back`,
  {
    restore: { type: 'boolean', default: false },
    replace: { type: 'boolean', default: false },
    later: { type: 'string' },
    at: { type: 'string' },
  },
)

/** What the restored database still needs, and whom it does not bring back. */
function sayWhatIsLeft({ missing, deletions }: { missing: string[]; deletions: number }): void {
  if (missing.length > 0)
    console.log(`It is older than this code: run \`npm run deploy\` (${missing.join(', ')}).`)
  if (deletions > 0)
    console.log(
      `People who deleted everything (${deletions} so far) are deleted again within a minute or two.`,
    )
}

/** Seconds in the name, so that no copy overwrites another. */
const stamp = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-')
const [file] = positionals

try {
  const env = withAccount(process.env, openWranglerFiles())
  const wrangler = createWrangler(env)
  if (flags.restore && flags.at !== undefined) {
    const done = await goBack(await openCloudflare(env, wrangler), flags.at)
    console.log(
      `The database is as it was at ${flags.at}. To undo that: npx wrangler d1 time-travel restore sportello --bookmark ${done.undo}`,
    )
    sayWhatIsLeft(done)
  } else if (flags.restore) {
    const api = await openCloudflare(env, wrangler)
    const done = await restore(api, wrangler, file, {
      replace: flags.replace,
      later: flags.later,
      saveAs: `sportello-before-restore-${stamp}.sql`,
    })
    if (done.saved) console.log(`What was there before is in ${done.saved}.`)
    console.log(`${file} is the database now.`)
    sayWhatIsLeft(done)
  } else {
    const name = file ?? `sportello-${stamp}.sql`
    await backUp(wrangler, name)
    console.log(`The database was written to ${name}.`)
  }
} catch (error) {
  console.error(explain(error))
  process.exit(1)
}
