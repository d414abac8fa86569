import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cloneOfProject, type Running, start } from '../docs/command.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'

/** `npm run dev` in a fresh clone, as in the README: with `.dev.vars` filled in and another Bot API server. */

const WAIT = { timeoutMs: 120_000 }
const { root, remove } = cloneOfProject()
let telegram: TelegramSimulator
let dev: Running

beforeAll(async () => {
  telegram = await startTelegramSimulator()
  const example = readFileSync(join(root, '.dev.vars.example'), 'utf8')
  writeFileSync(
    join(root, '.dev.vars'),
    example.replace(/^TELEGRAM_BOT_TOKEN=$/m, `TELEGRAM_BOT_TOKEN=${telegram.token}`),
  )
  dev = start('npm run dev', root, {
    TELEGRAM_API_ROOT: telegram.url,
    // Nothing leaves this machine.
    PORTAL_ORIGIN: 'http://127.0.0.1:9',
    SPORTRICK_BASE: 'http://127.0.0.1:9/sportpolimi',
    PORT: '0',
  })
  await dev.said(/Sportello runs: http/)
}, 300_000)
afterAll(async () => {
  if (dev?.alive()) dev.signal('SIGKILL')
  await telegram?.close()
  remove()
})

test('who writes to the bot is answered, though it has no public address', async () => {
  const anna = telegram.createUser({ firstName: 'Anna' })
  anna.start()
  await anna.chat.waitFor(/provincia/i, WAIT)
}, 150_000)

test('Ctrl-C ends it, and nothing that it started runs on', async () => {
  dev.signal('SIGINT')
  expect(await dev.ended).toBeOneOf([0, null])
  await expect.poll(() => dev.alive(), { timeout: 60_000 }).toBe(false)
}, 150_000)
