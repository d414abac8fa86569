import { expect, test } from 'vitest'
import { countStatements } from '../counting-d1.worker.ts'
import { kit } from './kit.worker.ts'

const site = kit()
const { DB } = site.bindings

/** Every public page that shows what the database knows, and the statements of one reading at most. */
const pages: [path: string, statements: number][] = [
  ['/', 4],
  ['/map.json', 4],
  ['/p/TO', 8],
  ['/p/TO/adesso', 3],
  ['/stato', 10],
  ['/app', 1],
  ['/cerca?q=to', 0],
]

test.each(pages)('of %s a hundred visitors at the same moment cost one reading', async (path, statements) => {
  site.forget()
  const counted = countStatements(DB)
  site.bindings.DB = counted.d1
  const answers = await Promise.all(Array.from({ length: 100 }, () => site.get(path)))
  site.bindings.DB = DB
  for (const { status } of answers) expect(status).toBe(path.startsWith('/cerca') ? answers[0]?.status : 200)
  expect(counted.used.statements).toBeLessThanOrEqual(statements)
})
