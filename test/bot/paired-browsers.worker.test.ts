import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { findBrowser, findCode, pairBrowser, readCode } from '../../src/passport/sessions/paired-browsers.ts'
import { harness } from './harness.worker.ts'
import { Person } from './person.ts'

const OPERATOR = 900
const KEYS = ['a-key-for-tests-only-0123456789abcdef'] as const
const bot = harness()
Object.assign(bot.edgeEnv, { ADMIN_IDS: `${OPERATOR},901`, PUBLIC_URL: 'https://bot.test' })
let ada: Person

beforeEach(async () => {
  await transact(
    bot.db,
    ['paired_browsers', 'chats', 'rate_limits'].map((table) => sql`DELETE FROM ${sql.raw(table)}`),
  )
  ada = new Person(bot.telegram, bot.deliver, { id: OPERATOR, type: 'private' })
})

const browsers = () => bot.rows(sql`SELECT * FROM paired_browsers ORDER BY id`)
const shownCode = () => /https:\/\/bot\.test ([2-9A-Z-]{14})/.exec(ada.shown.text)?.[1] ?? ''

/** Uses the code of the newest message, as the extension does. @returns the browser's token */
async function use(code: string): Promise<string> {
  const found = await findCode(bot.db, KEYS, readCode(code) ?? '', bot.time.now)
  if (!found) throw new Error('no such code')
  return (await pairBrowser(bot.db, KEYS, found, 'edge', bot.time.now)) ?? ''
}

test('/sessione offers a code in one line with the address, which a button copies; only its hash is kept', async () => {
  expect((await ada.types('/sessione')).text).toMatch(/Senza incollare/)
  await ada.presses('Collega un browser')
  expect(ada.shown.text).toMatch(/10 minuti, una volta sola/)
  const code = shownCode()
  expect(readCode(code)).not.toBeNull()
  const copied = ada.shown.buttons.map((one) => (one as { copy_text?: { text: string } }).copy_text?.text)
  expect(copied).toContain(`https://bot.test ${code}`)
  expect(await browsers()).toMatchObject([{ owner_id: OPERATOR, token_hash: null }])
  expect(JSON.stringify(await browsers())).not.toContain(readCode(code))
})

test('a typed label asks for a code too, and a new code replaces the one before', async () => {
  await ada.types('collega un browser')
  const first = shownCode()
  await ada.types('Pair a browser')
  expect(shownCode()).not.toBe(first)
  expect(await browsers()).toHaveLength(1)
  await expect(use(first)).rejects.toThrow('no such code')
})

test('paired browsers are shown under /sessione, where one press ends the pairing', async () => {
  await ada.types('collega un browser')
  const token = await use(shownCode())
  expect(await findBrowser(bot.db, KEYS, token)).toMatchObject({ ownerId: OPERATOR })
  expect((await ada.types('/sessione')).text).toMatch(/Edge: collegato .*, usato/)
  await ada.presses('Scollega Edge')
  expect(ada.shown.text).not.toMatch(/Edge/)
  expect(await findBrowser(bot.db, KEYS, token)).toBeNull()
  expect(await browsers()).toEqual([])
})

test('nobody ends the pairing of another operator, and nobody else pairs or unpairs anything', async () => {
  await ada.types('collega un browser')
  const token = await use(shownCode())
  const [{ id } = {}] = await browsers()
  const other = new Person(bot.telegram, bot.deliver, { id: 901, type: 'private' })
  const stranger = bot.someone()
  for (const person of [other, stranger]) await person.pressesData(`1:portal-unpair:${id}`, 1)
  for (const data of ['1:portal-pair', '1:portal-unpair:x', '1:portal-unpair'])
    await stranger.pressesData(data, 1)
  expect(await findBrowser(bot.db, KEYS, token)).not.toBeNull()
  expect(await browsers()).toHaveLength(1)
})

test('after /cancellami nothing of a pairing is left', async () => {
  await ada.types('collega un browser')
  await use(shownCode())
  await ada.types('/cancellami')
  await ada.presses('Sì, cancella')
  expect(await browsers()).toEqual([])
})
