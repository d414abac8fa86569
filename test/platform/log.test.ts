import { drizzle } from 'drizzle-orm/d1'
import { expect, test } from 'vitest'
import { chats } from '../../src/db/schema/chats.ts'
import { describeError } from '../../src/platform/log.ts'

test('a failed statement is logged without its values', async () => {
  const broken = {
    prepare: () => ({
      bind: () => {
        throw new Error('D1_ERROR: no such table: chats: SQLITE_ERROR')
      },
    }),
  }
  const write = drizzle(broken as never)
    .insert(chats)
    .values({
      id: 712_345_678,
      kind: 'private',
      createdAt: 1,
      lastSeenAt: 1,
      awaiting: 'sp-pass:k.iv.sealed.b',
    })
  const thrown = await Promise.resolve(write).catch((error: unknown) => error)
  expect(String(thrown)).toContain('712345678')
  const logged = describeError(thrown)
  expect(logged).toContain('insert into "chats"')
  expect(logged).toContain('no such table')
  expect(logged).not.toMatch(/712345678|sealed/)
})

test('a token in an address is left out, in the cause of a failed statement too', () => {
  const leak = new Error('fetch https://api.telegram.org/bot123:abc-DEF/getMe failed')
  expect(describeError(leak)).toBe('Error: fetch https://api.telegram.org/bot<token>/getMe failed')
  const query = Object.assign(new Error('Failed query'), { query: 'select 1', params: [], cause: leak })
  expect(describeError(query)).not.toContain('abc-DEF')
})
