/**
 * npm run screenshots: takes the README's pictures of the real pages into docs/images: starts the system on this machine
 * as npm start does, lets its people use it, and looks at it with Chromium.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { describeError } from '../src/platform/log.ts'
import { addDays, romeDate, SECOND } from '../src/platform/time.ts'
import { startChatPage } from '../test/simulators/chat-page/chat-page.ts'
import type { Person } from '../test/simulators/telegram/index.ts'
import { webAppAddress } from '../test/simulators/telegram/web-app.ts'
import { requireBrowser } from './browser/ensure.ts'
import { readFlags } from './command.ts'
import { clockShiftSeconds, moveClock, secondsUntil } from './local/clock.ts'
import { createPeople, handInDemoSession, linkDemoStudent, playDemo } from './local/demo.ts'
import { PEOPLE, panelSections, statusTables } from './local/panel.ts'
import { shiftDate } from './local/shift-date.ts'
import { type System, startSystem } from './local/system.ts'

const { values: flags } = readFlags(
  `npm run screenshots -- [flags]   takes the README's pictures of the real pages

  --out FOLDER   where to (docs/images)`,
  { out: { type: 'string', default: 'docs/images' } },
)

/** The largest size of a README picture, bytes. */
const HEAVIEST = 200_000
const WAIT = { timeoutMs: 60_000 }
const DESKTOP = { viewport: { width: 1_280, height: 920 } }
const CHAT = { viewport: { width: 1_240, height: 760 }, colorScheme: 'light' } as const
const PHONE = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 1.5,
  isMobile: true,
  hasTouch: true,
}

/** Places that are free while the pictures are taken, by province: many, few, and none in those left out. */
const FREE = { MI: 3, RM: 14, NA: 1, BO: 6, FI: 2, CA: 9, PA: 4 }

interface Picture {
  name: string
  url: string
  look: BrowserContextOptions
  /** The whole page, or one part of it; else what fits the window. */
  part?: 'page' | 'main'
  /** Waits until the page shows what the picture is about. */
  ready(page: Page): Promise<unknown>
}

/** Frees places all over Italy and waits until the map has read them. */
async function fillTheMap({ portal, runtime }: System): Promise<void> {
  if (!portal) return
  for (const [province, places] of Object.entries(FREE)) {
    const [office] = portal.offices(province)
    if (!office) continue
    portal.setHour(String(office.id), '')
    for (let i = 0; i < places; i++) {
      const day = addDays(romeDate(portal.now()), 2 + (i % 5))
      portal.freeSlot(
        String(office.id),
        day,
        `${String(9 + (i % 4)).padStart(2, '0')}:30`,
        1 + Math.floor(i / 20),
      )
    }
  }
  const db = await runtime.database()
  for (let tries = 0; tries < 60; tries++) {
    await db
      .prepare(
        `UPDATE state SET value = (SELECT json_group_object(key, json_set(value, '$.dueAt', 0)) FROM json_each(state.value))
         WHERE name = 'province-readings'`,
      )
      .run()
    await runtime.tick('edge', '* * * * *')
    const map = (await (await fetch(`${runtime.url}/map.json`)).json()) as { tiles: { text: string }[] }
    if (map.tiles.filter(({ text }) => /^\d/.test(text)).length > Object.keys(FREE).length) return
    await new Promise((resolve) => setTimeout(resolve, 2_000))
  }
  throw new Error('The map did not fill within two minutes.')
}

/** Presses the button with this label under the last message and waits until the bot has handled it. */
async function press({ telegram }: System, person: Person, pattern: RegExp): Promise<void> {
  const message = person.chat.last
  const button = message?.keyboard?.inline_keyboard.flat().find(({ text }) => pattern.test(text))
  if (!message || !button) throw new Error(`There is no button like ${pattern} under: ${message?.text}`)
  await person.press(message, button.text).answered()
  await telegram?.waitForIdle(WAIT)
}

/** Marco, whose account is linked, books the first class that is on offer. */
async function bookAClass(system: System, person: Person): Promise<void> {
  await person.chat.waitFor(/Account collegato|collegat/i, WAIT)
  person.send('/sport')
  await system.telegram?.waitForIdle(WAIT)
  for (const button of [/Nuova/, /Corsi/, /lunedì|martedì|mercoledì|giovedì|venerdì/, /^\d\d:\d\d .* \d+$/]) {
    await press(system, person, button)
  }
  await press(system, person, /prenota/i)
  await person.chat.waitFor(/Prenotato/, WAIT)
}

async function takePictures(pictures: readonly Picture[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const browser = await chromium.launch({
    executablePath: await requireBrowser(),
    args: ['--hide-scrollbars'],
  })
  try {
    for (const { name, url, look, part, ready } of pictures) {
      const context = await browser.newContext({ locale: 'it-IT', timezoneId: 'Europe/Rome', ...look })
      await context.addInitScript(shiftDate, clockShiftSeconds() * SECOND)
      const page = await context.newPage()
      await page.goto(url)
      await ready(page)
      const path = join(folder, `${name}.png`)
      const options = { path, animations: 'disabled' } as const
      if (part === 'main') await page.locator('main').screenshot(options)
      else await page.screenshot({ ...options, fullPage: part === 'page' })
      await context.close()
      const { size } = statSync(path)
      console.log(`${path}  ${Math.round(size / 1_000)} KB`)
      if (size > HEAVIEST) throw new Error(`${path} is heavier than ${HEAVIEST / 1_000} KB.`)
    }
  } finally {
    await browser.close()
  }
}

// On a Tuesday at ten, classes of three days are open: at a weekend, none would be.
moveClock(secondsUntil(2, '10:00', Date.now()))
const stateDir = mkdtempSync(join(tmpdir(), 'sportello-screenshots-'))
const stops: (() => unknown)[] = [() => rmSync(stateDir, { recursive: true, force: true })]
try {
  const system = await startSystem({
    variables: { ADMIN_IDS: String(PEOPLE.ada) },
    port: 0,
    stateDir,
    portal: { officesEach: 2 },
    sportrick: { lively: true },
  })
  stops.push(() => system.stop())
  const { telegram, portal, runtime } = system
  if (!telegram || !portal) throw new Error('The simulators did not start.')
  createPeople(telegram)
  const chats = await startChatPage({
    telegram,
    panel: panelSections(system),
    status: () => statusTables(system, 'it'),
    port: 0,
  })
  stops.push(() => chats.close())
  await handInDemoSession(system, portal, PEOPLE.ada)
  await playDemo(system, PEOPLE.giulia, PEOPLE.elena)

  const giulia = telegram.world.people.get(PEOPLE.giulia)
  const marco = telegram.world.people.get(PEOPLE.marco)
  if (!giulia || !marco) throw new Error('Somebody is missing.')
  await giulia.chat.waitFor(/Nuova disponibilità/, WAIT)
  marco.start()
  await linkDemoStudent(system, PEOPLE.marco)
  await bookAClass(system, marco)

  await fillTheMap(system)

  /** The Mini App as the bot's menu button opens it for somebody. */
  const app = (person: Person, to: string) =>
    webAppAddress(`${runtime.url}/app?to=${to}`, {
      user: { id: person.id, is_bot: false, first_name: person.name, language_code: 'it' },
      now: Date.now(),
      token: telegram.token,
      random: Math.random,
    })
  const map = (page: Page) => page.locator('svg').first().waitFor()
  const bubble = (text: RegExp) => (page: Page) => page.getByText(text).last().waitFor()
  await takePictures(
    [
      { name: 'map', url: runtime.url, look: { ...DESKTOP, colorScheme: 'light' }, ready: map },
      { name: 'map-phone-dark', url: runtime.url, look: { ...PHONE, colorScheme: 'dark' }, ready: map },
      {
        name: 'province',
        url: `${runtime.url}/p/TO`,
        look: { ...DESKTOP, colorScheme: 'light' },
        ready: map,
      },
      {
        name: 'chat-alert',
        url: `${chats.url}/?chat=${PEOPLE.giulia}`,
        look: CHAT,
        part: 'main',
        ready: bubble(/Nuova disponibilità/),
      },
      {
        name: 'chat-sport',
        url: `${chats.url}/?chat=${PEOPLE.marco}`,
        look: CHAT,
        part: 'main',
        ready: bubble(/Prenotato/),
      },
      {
        name: 'app-sport',
        url: app(marco, 'sport'),
        look: { ...PHONE, colorScheme: 'light' },
        async ready(page) {
          await page.waitForURL('**/app/sport')
          await page.locator('a.lesson').first().waitFor()
        },
      },
    ],
    resolve(flags.out),
  )
} catch (error) {
  console.error(describeError(error).replace(/^\w*Error: /, ''))
  process.exitCode = 1
} finally {
  for (const stop of stops.reverse()) await stop()
}
