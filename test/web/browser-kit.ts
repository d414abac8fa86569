import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type axeCore from 'axe-core'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { requireBrowser } from '../../scripts/browser/ensure.ts'
import { findBrowser } from '../../scripts/browser/find.ts'
import { clockShiftSeconds } from '../../scripts/local/clock.ts'
import { startRuntime } from '../../scripts/local/runtime.ts'
import { shiftDate } from '../../scripts/local/shift-date.ts'
import { SECOND } from '../../src/platform/time.ts'

export const BOT_TOKEN = '1234567890:TEST-token-of-the-pages'
export const ADMIN = 900

/** Looks that every page must bear: phone and desktop, light and dark. */
export const LOOKS = [
  { look: 'small phone, light', viewport: { width: 320, height: 568 }, colorScheme: 'light' },
  { look: 'phone, dark', viewport: { width: 360, height: 740 }, colorScheme: 'dark' },
  { look: 'desktop, light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { look: 'desktop, dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
] as const

/** A page with all that went wrong in it: errors, refused content, requests to elsewhere. */
export interface WatchedPage {
  page: Page
  complaints: string[]
}

/** Chromium's build from npm has neither extensions nor notifications: what needs them is tested where a browser is installed. */
export const isFullBrowser =
  findBrowser({ platform: process.platform, arch: process.arch, env: process.env, exists: existsSync })
    .from !== 'npm'

/** One process for all pages and none for the GPU: saves a fifth of the browser's CPU time. */
const FEW_PROCESSES = ['--renderer-process-limit=1', '--in-process-gpu']

/** The real Chromium. */
export const launchBrowser = async (): Promise<Browser> =>
  chromium.launch({ executablePath: await requireBrowser(), args: FEW_PROCESSES })

/** A new page in a browser of its own; requests to other places than these are complaints. */
export async function openPage(
  browser: Browser,
  origins: readonly string[],
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'it-IT', reducedMotion: 'reduce', ...options })
  await context.addInitScript(shiftDate, clockShiftSeconds() * SECOND)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    const expected = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !expected) complaints.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    if (url !== 'about:blank' && !origins.some((origin) => url.startsWith(origin)))
      complaints.push(`went to ${url}`)
  })
  return { page, complaints }
}

/** The Workers over HTTP on this machine, with a real Chromium in front of them. @param variables more of them */
export async function startSite(variables: Record<string, string> = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'sportello-pages-'))
  const runtime = await startRuntime({
    stateDir,
    port: 0,
    variables: {
      TELEGRAM_BOT_TOKEN: BOT_TOKEN,
      TELEGRAM_WEBHOOK_SECRET: 'pages',
      ENCRYPTION_KEY: 'a-key-for-the-pages-only-0123456789',
      ADMIN_IDS: String(ADMIN),
      ...variables,
    },
  })
  const browser = await launchBrowser()
  const db = await runtime.database()

  return {
    url: runtime.url,
    async sql(query: string, ...values: unknown[]) {
      const { results } = await db
        .prepare(query)
        .bind(...values)
        .all<Record<string, unknown>>()
      return results
    },
    open: (options: BrowserContextOptions = {}) => openPage(browser, [runtime.url], options),
    async stop() {
      await browser.close()
      await runtime.stop()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
}

export type BrowsedSite = Awaited<ReturnType<typeof startSite>>

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** WCAG 2.2 AA, and best practices. */
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds wrong with a page and the frames in it, in words; nothing when all is well. */
export async function axe(page: Page): Promise<string[]> {
  for (const frame of page.frames()) await frame.evaluate(AXE)
  return page.evaluate(async (tags) => {
    const { axe } = globalThis as unknown as { axe: typeof axeCore }
    // Passed rules are not described: that takes a third of the time.
    const { violations } = await axe.run({ resultTypes: ['violations'], runOnly: tags })
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.html).slice(0, 3)})`,
    )
  }, AXE_TAGS)
}

/** Opens all that a page has folded. */
export const unfold = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const fold of document.querySelectorAll('details')) fold.open = true
  })

/** True when the page can be moved sideways: something is wider than the screen. */
export const tooWide = (page: Page): Promise<boolean> =>
  page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)

/** What a finger of 44 px does not hit well, by its text: not links within a sentence, and not the tiles of the map. */
export const smallTargets = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll<HTMLElement>(
        'main button, main summary, main select, main input, .tabs a, .rows a, .chips a',
      ),
    ]
      .map((element) => element.closest('label') ?? element)
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height > 0)
      .filter((element) => element.getBoundingClientRect().height < 43.9)
      .map(
        (element) => `${element.textContent?.trim()} ${Math.round(element.getBoundingClientRect().height)}`,
      ),
  )

/** Puts the keyboard at the top of the page. Where it is after a script has opened the page depends on the browser. */
export const startAtTop = (page: Page): Promise<void> => page.mouse.click(1, 1)

/** What has the focus, by its accessible name or text. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
  })
