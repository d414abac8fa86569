import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { writeState } from '../../src/db/state.ts'
import { keepDeadLetter } from '../../src/delivery/dead-letters.ts'
import { setReadings } from '../../src/passport/poller/readings.ts'
import { HOUR, romeDate, romeTime } from '../../src/platform/time.ts'
import { textsIn } from '../../src/texts/index.ts'
import { harness } from './harness.worker.ts'
import { Person } from './person.ts'

const OPERATOR = 900
const bot = harness()
const again: unknown[] = []
bot.edgeEnv.ADMIN_IDS = String(OPERATOR)
bot.edgeEnv.PUBLIC_URL = 'https://sportello.example'
bot.edgeEnv.AVAILABILITY = { send: async (body: unknown) => again.push(body) } as unknown as Queue
let ada: Person

beforeEach(async () => {
  for (const table of ['dead_letters', 'deliveries', 'portal_sessions', 'state', 'chats', 'subscriptions'])
    await transact(bot.db, [sql`DELETE FROM ${sql.raw(table)}`])
  again.length = 0
  bot.nudges.length = 0
  ada = new Person(bot.telegram, bot.deliver, { id: OPERATOR, type: 'private' })
})

let lastMessage = 0
const letter = (queue: string, body: unknown) =>
  keepDeadLetter(bot.db, { queue, messageId: `m${++lastMessage}`, body }, bot.time.now - 3 * 60_000)
const ids = async () =>
  (await bot.rows(sql`SELECT id FROM dead_letters ORDER BY id`)).map(({ id }) => Number(id))

test('an operator finds the service’s state under their own, and behind a button', async () => {
  await ada.types('/segui torino')
  const own = await ada.types('/stato')
  expect(own.text).toMatch(/Torino[\s\S]*Stato del servizio/)
  expect(own.text).toMatch(/Sessioni del portale: 0 buone, 0 scadute/)
  await transact(bot.db, [sql`DELETE FROM subscriptions`])
  expect((await ada.types('/stato')).text).toMatch(/Ritardo: nessuno/)
  const shown = await ada.presses('Stato del servizio')
  expect(shown.text).toMatch(/Sessioni del portale: 0 buone, 0 scadute/)
  expect(shown.text).toMatch(/Ultima lettura riuscita: mai/)
  expect(shown.text).toMatch(/Ritardo: nessuno/)
  expect(shown.text).toMatch(/Oggi: 0 inviati/)
  expect(shown.text).toMatch(/Database: [\d.]+ MB/)
})

test('the state names sessions, delay, queue, the day’s figures, dead letters and the oldest reading', async () => {
  const now = bot.time.now
  await letter('sportello-outbound', { version: 1, trace: 't' })
  await transact(bot.db, [
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at) VALUES (1, 'x', 'good', 1, 1)`,
    sql`INSERT INTO state (name, value, at) VALUES ('poller-heartbeat',
        ${JSON.stringify({ tickAt: now - 20_000 })}, 1)`,
    sql`INSERT INTO subscriptions (chat_id, province, ring, created_at) VALUES (5, 'TO', 1, 1), (6, 'MI', 1, 1)`,
    sql`INSERT OR IGNORE INTO provinces (code, watched_since) VALUES ('TO', 1)`,
    setReadings('TO', { lastReadAt: now - 30_000 }),
    sql`INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, done_at, trace)
        VALUES ('a', 5, 1, '{}', 'queued', 1, ${now - 45_000}, NULL, 't'),
               ('b', 5, 1, '{}', 'sent', 1, 1, ${now}, 't'), ('c', 5, 1, '{}', 'dead', 1, 1, ${now}, 't')`,
  ])
  const { text } = await ada.types('/stato_admin')
  expect(text).toMatch(/1 buone/)
  expect(text).toMatch(/riuscita: 30 secondi/)
  expect(text).toMatch(/Ritardo: 45 s/)
  expect(text).toMatch(/In coda: 1/)
  expect(text).toMatch(/1 inviati, 1 falliti/)
  expect(text).toMatch(/non elaborati: 1/)
  expect(text).toMatch(/Milano \(MI\)[\s\S]*Torino \(TO\)/)
})

test('the state names the expected end of each session, once enough earlier ones expired', async () => {
  const now = bot.time.now
  const [session] = await transact(bot.db, [
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at)
        VALUES (1, 'x', 'good', ${now - 1}, ${now}) RETURNING id`,
  ])
  const id = session?.results[0]?.id
  expect((await ada.types('/stato_admin')).text).toContain(`• la ${id}: non so ancora quando finirà`)
  await transact(bot.db, [
    sql`INSERT INTO state (name, value, at) VALUES ('session-lifetimes', '[60000,3600000,7200000]', 1)`,
  ])
  expect((await ada.types('/stato_admin')).text).toContain(
    `• la ${id} finirà probabilmente ${textsIn('it').dates.short(romeDate(now + HOUR - 1))} verso le ${romeTime(now + HOUR - 1)}`,
  )
})

test('the state names the provinces that are read most often, with their followers and what is expected of them', async () => {
  const now = bot.time.now
  await ada.types('/segui torino')
  await ada.types('/segui aosta')
  await transact(bot.db, [
    writeState(
      bot.db,
      'polling-plan',
      {
        from: now - 60_000,
        until: now + 60_000,
        pace: { ms: 5_000, pull: 0 },
        slotsAfterFind: 1,
        provinces: {
          AO: { followers: 1, cost: 1, slotsPerHour: 0.01 },
          TO: { followers: 500, cost: 1, slotsPerHour: 1.25 },
        },
        left: 1_000,
        expected: 900,
        interval: 20_000,
        granted: 40,
        horizons: {},
      },
      now,
    ),
    setReadings('TO', { cost: 1, spentOn: romeDate(now), spent: 30 }),
  ])
  const { text } = await ada.types('/stato_admin')
  expect(text).toMatch(
    /Lette più spesso:\n• Torino \(TO\): ogni 5 s \(500 seguono, 1\.[23] posti l’ora\)\n• Aosta[^\n]*ogni 50 s/,
  )
  expect(text).toMatch(/Richieste al portale oggi: 30, ne restano \d+/)
})

test('the dashboard opens from there, where Telegram can open it: over HTTPS', async () => {
  await ada.types('/dashboard')
  expect(ada.shown.buttons).toContainEqual({
    text: '📈 Grafici e costi',
    web_app: { url: 'https://sportello.example/app?to=admin' },
  })
})

test('to anyone else the commands do not exist, the buttons do nothing, and /stato shows no way there', async () => {
  await letter('sportello-outbound', { version: 1, trace: 't' })
  const [id] = await ids()
  const stranger = bot.someone()
  await stranger.types('/stato')
  expect(stranger.labels.join()).not.toMatch(/servizio/)
  expect(stranger.shown.text).not.toMatch(/servizio|Sessioni/)
  const inGroup = bot.inGroup(OPERATOR)
  await inGroup.types('/stato')
  expect(inGroup.shown.text).not.toMatch(/Sessioni/)
  for (const text of ['/stato_admin', '/service', '/dashboard', '/lettere', '/letters'])
    expect((await stranger.types(text)).text).toMatch(/non lo conosco/)
  for (const data of ['service', 'letters', 'letter-all', `letter-replay:${id}`, `letter-drop:${id}:yes`]) {
    await stranger.pressesData(`1:${data}`)
    expect(stranger.shown.text).toMatch(/non lo conosco/)
  }
  expect(await ids()).toEqual([id])
  expect([...bot.nudges, ...again]).toEqual([])
})

test('dead letters are listed newest first with kind and time, and without the body of an unknown kind', async () => {
  expect((await ada.types('/lettere')).text).toMatch(/Non ci sono messaggi non elaborati/)
  await letter('sportello-availability', { version: 1, alertId: 'new-slots:TO:46:abc', trace: 't' })
  await letter('sportello-outbound', { version: 9, text: 'private words' })
  for (let i = 0; i < 10; i++) await letter('sportello-outbound', { version: 1, trace: 't' })
  const first = await ada.types('/lettere')
  expect(first.text).toMatch(/sveglia di chi spedisce, 3 minuti/)
  expect(first.text).toMatch(/altri 2/)
  for (const id of (await ids()).slice(-10)) {
    await ada.presses(`Butta ${id}`)
    await ada.presses('Sì, buttalo')
  }
  expect(ada.shown.text).toMatch(/new-slots:TO:46:abc/)
  expect(ada.shown.text).toMatch(/formato sconosciuto/)
  expect(ada.shown.text).not.toMatch(/private words/)
})

test('a replay sends the body to its queue again and deletes the dead letter; pressed twice it is sent once', async () => {
  const body = { version: 1, alertId: 'a', trace: 't' }
  await letter('sportello-availability', body)
  const list = await ada.types('/lettere')
  await ada.presses('Riprova', list)
  await ada.pressesData(list.buttons.find(({ text }) => text.includes('Riprova'))?.callback_data ?? '')
  expect(again).toEqual([body])
  expect(await ids()).toEqual([])
})

test('the dead letter stays if its queue does not accept the body', async () => {
  await letter('sportello-outbound', { version: 1, trace: 't' })
  const { OUTBOUND } = bot.edgeEnv
  await ada.types('/lettere')
  bot.edgeEnv.OUTBOUND = {
    send: async () => {
      throw new Error('queue down')
    },
  } as unknown as Queue
  await ada.presses('Riprova')
  bot.edgeEnv.OUTBOUND = OUTBOUND
  expect(await ids()).toHaveLength(1)
})

test('a dead letter of an unknown queue is kept until it is dropped, after a question', async () => {
  await letter('another', 1)
  await ada.types('/lettere')
  await ada.presses('Riprova')
  expect(await ids()).toHaveLength(1)
  await ada.presses('Butta')
  expect(await ids()).toHaveLength(1)
  await ada.presses('Sì, buttalo')
  expect(await ids()).toEqual([])
})

test('all shown are sent again with one button', async () => {
  await letter('sportello-outbound', { version: 1, trace: 'a' })
  await letter('sportello-availability', { version: 1, alertId: 'b', trace: 'b' })
  await ada.types('/lettere')
  await ada.presses('Riprova tutti')
  expect(await ids()).toEqual([])
  expect(bot.nudges).toContainEqual({ version: 1, trace: 'a' })
  expect(again).toEqual([{ version: 1, alertId: 'b', trace: 'b' }])
})

test('the state begins with a verdict: all is well, or what is wrong', async () => {
  await transact(bot.db, [
    sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at) VALUES (1, 'x', 'good', 1, 1)`,
  ])
  expect((await ada.types('/stato_admin')).text).toMatch(/^🟢 Tutto funziona\./)
  await letter('sportello-outbound', { version: 1, trace: 't' })
  expect((await ada.types('/stato_admin')).text).toMatch(/^🔴 C’è un problema:\n• .*\/lettere/)
  await ada.types('/segui torino')
  await transact(bot.db, [sql`DELETE FROM portal_sessions`])
  expect((await ada.types('/stato_admin')).text).toMatch(/^🔴 Ci sono 2 problemi:\n• .*\/sessione\n• /)
})

test('operators find their commands in the help and in the menu of their chat; others do not', async () => {
  const listed = (chatId: number) =>
    bot.telegram.calls
      .filter(({ method }) => method === 'setMyCommands')
      .filter(
        ({ payload }) => JSON.stringify(payload.scope) === JSON.stringify({ type: 'chat', chat_id: chatId }),
      )
      .map(({ payload }) => (payload.commands as { command: string }[]).map(({ command }) => command))
  await ada.types('/start')
  expect(listed(OPERATOR).at(-1)).toEqual(
    expect.arrayContaining(['segui', 'stato_admin', 'sessione', 'sessioni', 'lettere', 'ricifra']),
  )
  await ada.types('/help')
  await ada.presses('Tutti i comandi')
  expect(ada.shown.text).toMatch(/\/stato_admin/)
  const other = bot.someone()
  await other.types('/start')
  await other.types('/help')
  expect(listed(other.chat.id)).toEqual([])
  await other.presses('Tutti i comandi')
  expect(other.shown.text).not.toMatch(/\/stato_admin/)
})

test('help is short, and answers the two usual questions first', async () => {
  const help = await bot.someone().types('/help')
  expect(help.text.length).toBeLessThan(400)
  expect(help.buttons.slice(0, 2).map(({ text }) => text)).toEqual([
    '🤔 Perché non ricevo avvisi?',
    '🔗 Come si prenota?',
  ])
})
