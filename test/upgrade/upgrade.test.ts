import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Api } from 'grammy'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setWebhook } from '../../scripts/cloud/telegram.ts'
import { type Runtime, startRuntime } from '../../scripts/local/runtime.ts'
import { unseal } from '../../src/platform/crypto.ts'
import { d1File, type Manifest, objectFile, type Row, readTables, releases, unpack } from './state-folder.ts'
import { PEOPLE, SECRETS, STARTED_AT, startWorld, type UpgradeWorld } from './world.ts'

/** The state that an earlier release left, in the hands of this code. `make-fixture.ts` keeps that of the next one. */

const WAIT = { timeoutMs: 90_000 }
const POLL = { timeout: 90_000 }

const freshFolder = () => mkdtempSync(join(tmpdir(), 'sportello-upgrade-'))

/** Applies the migrations that a database lacks, given how many it has. */
function migrate(file: string, folder: string, done: number): void {
  const db = new DatabaseSync(file)
  const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  for (const name of files.sort().slice(done)) db.exec(readFileSync(join(folder, name), 'utf8'))
  db.close()
}

/** How many migrations a database has. */
function migrationsIn(file: string, table: string): number {
  const db = new DatabaseSync(file, { readOnly: true })
  const row = db.prepare(`SELECT count(*) AS n FROM ${table}`).get()
  db.close()
  return Number(row?.n)
}

/** The same row with the columns that it had before. */
const withColumnsOf = (old: Row, row: Row | undefined) =>
  row && Object.fromEntries(Object.keys(old).map((column) => [column, row[column]]))

describe.each(releases())('the state of %s', (release) => {
  let world: UpgradeWorld
  let runtime: Runtime
  let manifest: Manifest
  const stateDir = freshFolder()

  const person = (id: number) => {
    const found = world.telegram.world.people.get(id)
    if (!found) throw new Error(`nobody has the id ${id}`)
    return found
  }
  const sentTo = (chatId: number, pattern: RegExp) =>
    world.telegram.ledger.sent.filter((entry) => entry.chatId === chatId && pattern.test(entry.text))
  /** A minute passes. The poller's cron goes on until the Workers stop. */
  const minute = async () => {
    runtime.tick('edge', '* * * * *').catch(() => undefined)
    await runtime.tick('dispatcher', '* * * * *')
  }

  beforeAll(async () => {
    manifest = unpack(release, stateDir)
    world = await startWorld(STARTED_AT)
    const { telegram, portal, sportrick, group } = world
    for (const id of Object.values(PEOPLE)) person(id).chat.botStatus = 'member'
    person(PEOPLE.elena).chat.botStatus = 'blocked'
    group.botStatus = 'member'
    portal.issueSession()
    for (const { officeId, date, time, places } of manifest.free)
      portal.freeSlot(officeId, date, time, places)
    for (const query of manifest.booked) sportrick.bookFor(sportrick.demo.username, query)
    const [session] = readTables(objectFile(stateDir)).get('session') ?? []
    const cookies = await unseal(
      [SECRETS.ENCRYPTION_KEY],
      `sport:${PEOPLE.giulia}`,
      'session.cookies/1',
      String(session?.cookies),
    )
    sportrick.adoptSession(sportrick.demo.username, JSON.parse(cookies))

    runtime = await startRuntime({ stateDir, port: 0, variables: world.variables() })
    const api = new Api(telegram.token, { apiRoot: telegram.url })
    await setWebhook(api, runtime.url, SECRETS.TELEGRAM_WEBHOOK_SECRET, false)
  }, 600_000)

  afterAll(async () => {
    await runtime?.stop()
    await world?.close()
    rmSync(stateDir, { recursive: true })
  })

  test.each([
    ['D1', d1File, 'migrations', 'd1_migrations'],
    ['the object of a student', objectFile, 'src/sport/student/migrations', '__drizzle_migrations'],
  ])('migrations keep every row and column of %s', (_, fileIn, folder, done) => {
    const copy = freshFolder()
    unpack(release, copy)
    const file = fileIn(copy)
    const before = readTables(file)
    migrate(file, folder, migrationsIn(file, done))
    const after = readTables(file)
    rmSync(copy, { recursive: true })
    expect([...before.values()].flat().length).toBeGreaterThan(30)
    for (const [table, rows] of before) {
      const kept = after.get(table) ?? []
      expect(
        rows.map((row, i) => withColumnsOf(row, kept[i])),
        table,
      ).toEqual(rows.map((row) => ({ ...row })))
    }
  })

  test("an alarm that was set fires by itself, and the student's object knows everything", async () => {
    await person(PEOPLE.giulia).chat.waitFor(/FIT BOXE[\s\S]*\?/, WAIT)
    const student = await runtime.student(PEOPLE.giulia)
    expect(await student.account()).toMatchObject({
      ok: true,
      value: { state: 'linked', means: 'credentials' },
    })
    const [weekly, bookings, history, actions] = await Promise.all([
      student.weekly(),
      student.bookings(),
      student.history(100),
      student.lastActions(100),
    ])
    if (!weekly.ok || !bookings.ok || !history.ok || !actions.ok) throw new Error('the object refused')
    expect(weekly.value.map(({ name, policy }) => `${name} ${policy}`)).toEqual([
      'PILATES book-then-confirm',
      'FIT BOXE book-then-confirm',
      'YOGA ask-then-book',
    ])
    expect(bookings.value.map(({ name, date, confirmation }) => [name, date, confirmation?.status])).toEqual([
      ['PILATES', '2026-11-25', 'asked'],
      ['FIT BOXE', '2026-11-25', 'asked'],
      ['Giuriati - Fit Center', '2026-11-26', undefined],
      ['SPINNING', '2026-11-26', undefined],
    ])
    expect(history.value.length).toBeGreaterThanOrEqual(5)
    const pending = actions.value.filter(({ status }) => status === 'pending')
    expect(pending.map(({ target, stage }) => [target?.name, target?.date, stage])).toEqual([
      ['YOGA', '2026-11-28', 'opening'],
    ])
    expect((await student.confirm(1)).ok).toBe(true)
  })

  test('what waited arrives: a digest of quiet hours, one that was made before, a retry, an alert not handed on', async () => {
    await minute()
    const slot = /14\/12\/2026 ore 09:30/
    await person(PEOPLE.bruno).chat.waitFor(slot, WAIT)
    await person(PEOPLE.carla).chat.waitFor(slot, WAIT)
    await person(PEOPLE.anna).chat.waitFor(slot, WAIT)
    await person(PEOPLE.anna).chat.waitFor(/15\/12\/2026 ore 12:00/, WAIT)
    await person(PEOPLE.dario).chat.waitFor(/15 Dec 2026/, WAIT)
    expect(sentTo(PEOPLE.dario, /New availability/i)).toHaveLength(1)
  })

  test('the session of the portal is good: slots are read and stay open, the operator is asked for nothing', async () => {
    await expect
      .poll(
        () => world.portal.requests().filter(({ session, status }) => session === 1 && status === 200).length,
        POLL,
      )
      .toBeGreaterThan(2)
    const db = await runtime.database()
    const open = await db
      .prepare('SELECT count(*) AS n FROM slots WHERE gone_at IS NULL')
      .first<{ n: number }>()
    expect(open?.n).toBe(manifest.free.length)
    const good = await db
      .prepare("SELECT count(*) AS n FROM portal_sessions WHERE health = 'good'")
      .first<{ n: number }>()
    expect(good?.n).toBe(1)
    expect(sentTo(PEOPLE.ada, /scaduta/)).toEqual([])
  })

  test('nobody is told anything twice, nor what the earlier release told', async () => {
    await minute()
    await minute()
    await world.telegram.waitForIdle({ quietMs: 1_000, ...WAIT })
    const { sent } = world.telegram.ledger
    const names = sent.map(({ chatId, text }) => `${chatId} ${text}`)
    expect(names.length).toBeGreaterThanOrEqual(6)
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
    const old = new Set(manifest.told.map(({ chatId, text }) => `${chatId} ${text}`))
    expect(names.filter((name) => old.has(name))).toEqual([])
    for (const quiet of [PEOPLE.elena, PEOPLE.franca, world.group.id])
      expect(sent.filter(({ chatId }) => chatId === quiet)).toEqual([])
  })

  test('people find their settings, and go on where they were', async () => {
    const franca = person(PEOPLE.franca)
    franca.send('23-7')
    await franca.chat.waitFor(/23:00/, WAIT)
    const db = await runtime.database()
    const row = await db.prepare('SELECT * FROM chats WHERE id = ?').bind(PEOPLE.franca).first<Row>()
    expect(row).toMatchObject({ quiet_from: '23:00', quiet_to: '07:00', awaiting: null })
    const giulia = person(PEOPLE.giulia)
    giulia.send('un’altra-password-di-prova')
    await giulia.chat.waitFor(/codice|QR|app/i, WAIT)
    person(PEOPLE.dario).send('/mie')
    await person(PEOPLE.dario).chat.waitFor(/Milano/, WAIT)
  })
})
