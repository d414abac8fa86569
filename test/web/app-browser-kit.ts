import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect } from 'vitest'
import { handInDemoSession } from '../../scripts/local/demo.ts'
import { startSystem } from '../../scripts/local/system.ts'
import { addDays, romeDate } from '../../src/platform/time.ts'
import { startChatPage } from '../simulators/chat-page/chat-page.ts'
import type { Person } from '../simulators/telegram/index.ts'
import { ADMIN, launchBrowser, openPage, type WatchedPage } from './browser-kit.ts'

const WAIT = { timeoutMs: 60_000 }

/** The whole system with its simulators and the chat page, and a real Chromium that opens the Mini App. */
export async function startApp() {
  const stateDir = mkdtempSync(join(tmpdir(), 'sportello-app-'))
  const system = await startSystem({
    stateDir,
    port: 0,
    variables: { ADMIN_IDS: String(ADMIN), POLL_INTERVAL_SECONDS: '5' },
    crons: false,
  })
  const { telegram, portal, sportrick } = system
  if (!telegram || !portal || !sportrick) throw new Error('the simulators did not start')
  await handInDemoSession(system, portal, ADMIN)
  const [office] = portal.offices('TO')
  portal.setHour(String(office?.id), '')
  portal.freeSlot(String(office?.id), addDays(romeDate(portal.now()), 3), '10:15', 2)
  const browser = await launchBrowser()
  const chats = await startChatPage({ telegram, panel: [], status: async () => [], port: 0 })
  const { url } = system.runtime
  const db = await system.runtime.database()

  /** Opens the app as a button of the chat does, in Telegram's theme. */
  async function enter(page: Page, person: Person, path = '/app', dark = false): Promise<void> {
    const theme = encodeURIComponent(JSON.stringify({ bg_color: dark ? '#17212b' : '#ffffff' }))
    const address = person.openWebApp(`${url}${path}`)
    await page.goto(address.replace(/(?<=tgWebAppThemeParams=)[^&]*/, theme))
    await page.waitForURL(/\/app\/\w/)
  }

  return {
    url,
    system,
    telegram,
    sportrick,
    chats,
    enter,
    /** Somebody who has started the bot. */
    async person(firstName: string): Promise<Person> {
      const person = telegram.createUser({ firstName, languageCode: 'it' })
      person.start()
      await person.chat.waitFor(() => true, WAIT)
      return person
    },
    open: (options: BrowserContextOptions = {}): Promise<WatchedPage> =>
      openPage(browser, [url, chats.url], options),
    async sql(query: string, ...values: unknown[]) {
      const { results } = await db
        .prepare(query)
        .bind(...values)
        .all<Record<string, unknown>>()
      return results
    },
    /** Connects the simulated site's student to a person, as the form would; resolves when it works. */
    async link(person: Person): Promise<void> {
      const { username, password, otpauth } = sportrick.demo
      const student = await system.runtime.student(person.id)
      await student.link(`link:${person.id}`, { username, password, otpauth })
      await expect
        .poll(
          async () => {
            const account = await student.account()
            return account.ok && account.value.state
          },
          { timeout: 60_000, interval: 250 },
        )
        .toBe('linked')
    },
    async stop() {
      await browser.close()
      await chats.close()
      await system.stop()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

export type BrowsedApp = Awaited<ReturnType<typeof startApp>>
