import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { cloneOfProject, run, start } from '../docs/command.ts'
import { type PortalSimulator, startPortalSimulator } from '../simulators/portal/simulator.ts'
import { startTelegramSimulator, type TelegramSimulator } from '../simulators/telegram/index.ts'

/** The README's commands of the watcher, as written, in a fresh clone with the files that they name. */

const WAIT = { timeoutMs: 120_000 }
const { root, remove } = cloneOfProject()
const day = addDays(romeDate(Date.now()), 3)
let portal: PortalSimulator
let telegram: TelegramSimulator
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  portal = await startPortalSimulator({ provinces: ['TO'], officesEach: 1 })
  telegram = await startTelegramSimulator()
  env = {
    PORTAL_ORIGIN: portal.origin,
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_BOT_TOKEN: telegram.token,
  }
  const { cookie, csrf, asCurl } = portal.issueSession()
  writeFileSync(join(root, 'cookie_token'), cookie)
  writeFileSync(join(root, 'xcsrf_token'), csrf)
  writeFileSync(join(root, 'request.txt'), asCurl.bash)
  const office = String(portal.offices('TO')[0]?.id)
  portal.setHour(office, '')
  portal.freeSlot(office, day, '10:00', 2)
})
afterAll(async () => {
  await portal.close()
  await telegram.close()
  remove()
})

test('with a cookie and a token in files it tells the chat, and Ctrl-C stops it', async () => {
  const person = telegram.createUser({ id: 12345, firstName: 'Anna' })
  person.start()
  const watching = start(
    'npm run watch -- --province TO --cookie-file cookie_token --csrf-file xcsrf_token --chat 12345',
    root,
    env,
  )
  try {
    const alert = await person.chat.waitFor(/Nuova disponibilità/, WAIT)
    expect(alert.text).toContain('10:00')
    watching.signal('SIGINT')
    expect(await watching.ended).toBeOneOf([0, null])
    expect(watching.output()).toMatch(/Stopped/)
    expect(watching.alive()).toBe(false)
  } finally {
    if (watching.alive()) watching.signal('SIGKILL')
  }
}, 150_000)

test('with a pasted request, once, it prints JSON and nothing else', async () => {
  const { code, printed, said } = await run(
    'npm run -s watch -- --province TO --curl-file request.txt --once --json',
    root,
    env,
  )
  expect(code, said).toBe(0)
  expect(JSON.parse(printed)).toMatchObject({
    province: 'TO',
    read: true,
    offices: [{ slots: [{ date: day, time: '10:00', places: 2 }] }],
  })
}, 150_000)
