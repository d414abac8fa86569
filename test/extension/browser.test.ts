import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildExtension } from '../../extension/build.ts'
import { manifestFor, PORTAL } from '../../extension/manifest.ts'
import { requireBrowser } from '../../scripts/browser/ensure.ts'
import { type Runtime, startRuntime } from '../../scripts/local/runtime.ts'
import { connect, transact } from '../../src/db/database.ts'
import { openPairing } from '../../src/passport/sessions/paired-browsers.ts'
import { PROJECT, run } from '../docs/command.ts'
import { type PortalSimulator, startPortalSimulator } from '../simulators/portal/simulator.ts'
import { isFullBrowser } from '../web/browser-kit.ts'

const OPERATOR = 900
const KEY = 'a-key-for-the-extension-0123456789abc'
const POLL = { timeout: 20_000 }
const LOGGED_IN = '/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune'

test('the command builds it for the real portal, from package.json’s version', async () => {
  const out = mkdtempSync(join(tmpdir(), 'sportello-extension-built-'))
  const command = 'npm run extension'
  const { said } = await run(`${command} -- --out ${out}`, PROJECT)
  expect(said).toContain(out)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8'))).toEqual(manifestFor(PORTAL, version))
  const background = readFileSync(join(out, 'background.js'), 'utf8')
  expect(background).toContain(PORTAL)
  expect(background).not.toContain('PORTAL_ORIGIN')
  for (const file of ['panel.html', 'panel.css', 'panel.js', 'icon.png', '_locales/it/messages.json'])
    expect(existsSync(join(out, file)), file).toBe(true)
  rmSync(out, { recursive: true })
})

test('two builds are the same, byte for byte', async () => {
  const hashes = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const out = mkdtempSync(join(tmpdir(), `sportello-extension-${name}-`))
      await buildExtension({ out })
      const files = globSync('**/*.*', { cwd: out }).toSorted()
      const bytes = files.map((file) => readFileSync(join(out, file)).toString('base64'))
      rmSync(out, { recursive: true })
      return { files, bytes }
    }),
  )
  expect(hashes[0]?.files).toHaveLength(8)
  expect(hashes[0]).toEqual(hashes[1])
})

describe.skipIf(!isFullBrowser)('the extension in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sportello-extension-'))
  let portal: PortalSimulator
  let runtime: Runtime
  let context: BrowserContext
  let panel: Page
  let address: string

  beforeAll(async () => {
    portal = await startPortalSimulator({ provinces: ['RM'], officesEach: 3 })
    runtime = await startRuntime({
      stateDir: join(folder, 'state'),
      port: 0,
      variables: {
        TELEGRAM_BOT_TOKEN: '1234567890:TEST-token-of-the-extension',
        TELEGRAM_WEBHOOK_SECRET: 'extension',
        ENCRYPTION_KEY: KEY,
        ADMIN_IDS: String(OPERATOR),
        PORTAL_ORIGIN: portal.origin,
      },
    })
    const extension = join(folder, 'extension')
    await buildExtension({ out: extension, portal: portal.origin })
    context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: await requireBrowser(),
      // Playwright's own headless mode has no extensions; Chromium's new one does.
      headless: false,
      args: [
        '--headless=new',
        '--disable-features=DisableLoadExtensionCommandLineSwitch',
        `--disable-extensions-except=${extension}`,
        `--load-extension=${extension}`,
      ],
    })
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
    address = `chrome-extension://${new URL(worker.url()).host}/panel.html`
    panel = await context.newPage()
  })

  afterAll(async () => {
    await context?.close()
    await runtime?.stop()
    await portal?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const rows = async (query: string) =>
    (await (await runtime.database()).prepare(query).all<Record<string, unknown>>()).results
  const good = () => rows("SELECT id FROM portal_sessions WHERE health = 'good' ORDER BY id")
  const state = () => panel.locator('#state').textContent()

  /** The line that the bot would give. */
  async function newLine(): Promise<string> {
    const db = connect(await runtime.database())
    const { code, statements } = await openPairing(OPERATOR, [KEY], Date.now())
    await transact(db, statements)
    return `${runtime.url} ${code}`
  }

  /** Logs in: the portal gives the browser the cookies of a session. */
  async function logIn(): Promise<void> {
    const { cookie } = await portal.issueSession()
    await context.addCookies(
      cookie.split('; ').map((pair) => {
        const [, name = '', value = ''] = /^([^=]*)=(.*)$/.exec(pair) ?? []
        return { name, value, url: portal.origin, httpOnly: true }
      }),
    )
  }

  /** Opens a page of the portal for logged-in people, in a tab of its own. */
  async function openPortal(): Promise<void> {
    const page = await context.newPage()
    await page.goto(`${portal.origin}${LOGGED_IN}`)
    await page.close()
  }

  /** Asks the portal for a page with the browser's cookies. @returns the session's cookie, if the portal renews it */
  async function visitPortal(): Promise<string[]> {
    const cookies = await context.cookies(portal.origin)
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
    const { headers } = await fetch(`${portal.origin}${LOGGED_IN}`, { headers: { cookie } })
    return headers.getSetCookie().flatMap((set) => /^JSESSIONID=([^;]*)/.exec(set)?.[1] ?? [])
  }

  test('sends nothing before it is paired', async () => {
    await logIn()
    await openPortal()
    await panel.goto(address)
    expect(await state()).toMatch(/Non ancora collegata|Not paired yet/)
    expect(portal.requests().filter(({ endpoint }) => endpoint === 'offices')).toEqual([])
    expect(await panel.locator('#pairing').isVisible()).toBe(true)
  })

  test('says what is wrong with a line, or that a code does not work', async () => {
    for (const [line, problem] of [
      ['ABCD-EFGH-JKLM', /Incolla tutta la riga|Paste the whole line/],
      [`${runtime.url} 2222-2222-2222`, /scaduto o già usato|expired or was used/],
    ] as const) {
      await panel.locator('#line').fill(line)
      await panel.locator('#pair').click()
      await expect.poll(() => panel.locator('#problem').textContent()).toMatch(problem)
    }
  })

  test('is paired by the line of the bot, hands the session in at once and shows that it is alive', async () => {
    await panel.locator('#line').fill(await newLine())
    await panel.locator('#pair').click()
    await expect.poll(state, POLL).toMatch(/🟢/)
    expect(await good()).toHaveLength(1)
    expect(await rows('SELECT owner_id, browser, code_hash FROM paired_browsers')).toEqual([
      { owner_id: OPERATOR, browser: 'chrome', code_hash: null },
    ])
    // The cookies stay in the browser: what the extension keeps holds none of them.
    const kept = await panel.evaluate(() =>
      (
        globalThis as unknown as { chrome: { storage: { local: { get(): Promise<object> } } } }
      ).chrome.storage.local
        .get()
        .then((values) => JSON.stringify(values)),
    )
    const cookies = await context.cookies(portal.origin)
    expect(cookies.length).toBeGreaterThan(2)
    for (const { value } of cookies) expect(kept).not.toContain(value)
  })

  test('hands the renewed session in by itself, in place of the old one', async () => {
    const [before] = await good()
    portal.rotate()
    const [renewed = ''] = await visitPortal()
    // Without `Secure`, since the simulated portal has no https: Chromium would not show the cookie to the extension.
    await context.addCookies([{ name: 'JSESSIONID', value: renewed, url: portal.origin, httpOnly: true }])
    await expect.poll(async () => (await good()).at(-1)?.id, POLL).not.toBe(before?.id)
    await expect.poll(async () => (await good()).length, POLL).toBe(1)
  })

  test('says that the session expired, and hands in the one of the next login', async () => {
    portal.expireSession()
    await (await runtime.database())
      .prepare("UPDATE portal_sessions SET health = 'dead', died_at = ?")
      .bind(Date.now())
      .run()
    await panel.reload()
    await expect.poll(state, POLL).toMatch(/🔴/)
    await logIn()
    await openPortal()
    await expect.poll(state, POLL).toMatch(/🟢/)
    expect(await good()).toHaveLength(1)
  })

  test('forgets its token when the bot unpairs it, and can be paired again', async () => {
    await (await runtime.database()).prepare('DELETE FROM paired_browsers').run()
    await panel.reload()
    await expect.poll(state, POLL).toMatch(/ha scollegato|unpaired this browser/)
    await panel.locator('#line').fill(await newLine())
    await panel.locator('#pair').click()
    await expect.poll(state, POLL).toMatch(/🟢/)
  })

  test('is unpaired here, and in the bot with it', async () => {
    await panel.locator('#unpair').click()
    await expect.poll(state, POLL).toMatch(/Non ancora collegata|Not paired yet/)
    expect(await rows('SELECT id FROM paired_browsers')).toEqual([])
  })

  test('in its popup leads to the page where it is paired', async () => {
    await panel.goto(`${address}?popup`)
    await expect.poll(() => panel.locator('#open').isVisible()).toBe(true)
    const [opened] = await Promise.all([context.waitForEvent('page'), panel.locator('#open').click()])
    expect(opened.url()).toBe(address)
    await opened.close()
  })
})
