import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { harness } from './harness.worker.ts'

const bot = harness()
const { someone, followed, rows, time } = bot

describe('by buttons', () => {
  test('a person goes from the menu through region and province to a subscription, in one message', async () => {
    const person = someone()
    await person.types('/start')
    expect(person.labels.join()).toMatch(/Passaporto.*Impostazioni.*Stato.*Aiuto/)
    await person.presses('Passaporto')
    await person.presses('Aggiungi provincia')
    expect(person.shown.columns).toBe(3)
    expect(person.labels.filter((label) => !/Menu|Indietro/.test(label))).toHaveLength(20)
    await person.presses('Piemonte')
    expect(person.labels).toContain('Torino')
    await person.presses('Torino')
    expect(person.shown.text).toBe('Vuoi seguire Torino (TO)?')
    await person.presses('Conferma')
    expect(person.shown.text).toMatch(/^Ora segui Torino: comincio subito a controllarla/)
    expect(await followed(person.chat.id)).toEqual(['TO'])
    expect(bot.polled).toContain('TO')
    expect(person.messageCount).toBe(1)
  })

  test('from the question a person can start again or go back, and nothing is followed', async () => {
    const person = someone()
    await person.types('roma')
    await person.presses('Ricomincia')
    expect(person.shown.text).toBe('Scegli la regione:')
    await person.presses('Lazio')
    await person.presses('Roma')
    await person.presses('Indietro')
    expect(person.shown.text).toMatch(/^Lazio/)
    await person.presses('Indietro')
    await person.presses('Indietro')
    expect(person.shown.text).toMatch(/Non segui ancora nessuna provincia/)
    await person.presses('Menu')
    expect(person.labels.join()).toContain('Passaporto')
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('a province is removed from its own view after a question, all of them only when asked twice', async () => {
    const person = someone()
    await person.types('/segui milano')
    await person.types('/mie')
    expect(person.labels).toContain('📍 Milano')
    expect(person.labels.join()).not.toContain('Rimuovi tutte')
    await person.types('/segui roma, napoli')
    await person.types('/mie')
    expect(person.labels.join()).toContain('Rimuovi tutte')
    await person.presses('Napoli')
    await person.presses('Togli')
    expect(person.shown.text).toBe('Smetto di seguire Napoli?')
    expect(await followed(person.chat.id)).toEqual(['MI', 'NA', 'RM'])
    await person.presses('Indietro')
    await person.presses('Togli')
    await person.presses('Sì, togli')
    expect(await followed(person.chat.id)).toEqual(['MI', 'RM'])
    await person.presses('Rimuovi tutte')
    expect(await followed(person.chat.id)).toEqual(['MI', 'RM'])
    await person.presses('Sì, tutte')
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('a button pressed twice does its work once and says the same', async () => {
    const person = someone()
    await person.types('TO')
    const question = person.shown
    await person.presses('Conferma', question)
    await person.presses('Conferma', question)
    expect(person.shown.text).toBe('Segui già Torino: non è cambiato nulla.')
    await person.types('torino')
    await person.presses('Togli')
    const asked = person.shown
    await person.presses('Sì, togli', asked)
    await person.presses('Sì, togli', asked)
    expect(person.shown.text).toMatch(/^Non segui Torino: non è cambiato nulla/)
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('a list of many provinces is paged and every one can be removed', async () => {
    const person = someone()
    await person.types('/segui TO, MI, RM, NA, FI, BO, VE, GE, PA, CT, BA, CA')
    await person.types('/mie')
    expect(person.labels.filter((label) => label.includes('📍'))).toHaveLength(10)
    await person.presses('▶️')
    expect(person.labels.filter((label) => label.includes('📍'))).toHaveLength(2)
    await person.presses('◀️')
    expect(person.labels.filter((label) => label.includes('📍'))).toHaveLength(10)
  })

  test('a button of another time opens a fresh menu and leaves the old message alone', async () => {
    const person = someone()
    await person.types('/start')
    for (const data of [
      '',
      '0:old',
      'region_3',
      '1:no-such-verb',
      '1:follow:XX',
      '1:region:999',
      'x'.repeat(64),
    ]) {
      await person.pressesData(data, 5)
      expect(person.labels.length).toBeGreaterThan(3)
    }
    expect(await followed(person.chat.id)).toEqual([])
  })
})

describe('by text', () => {
  test('/segui and /smetti take names and codes and say what came of it', async () => {
    const person = someone()
    await person.types('/segui torino')
    await person.types('/segui Forli')
    expect(person.shown.text).toMatch(/Forlì-Cesena/)
    expect(await followed(person.chat.id)).toEqual(['FC', 'TO'])
    await person.types('/smetti to')
    expect(person.shown.text).toMatch(/^Non segui più Torino/)
    await person.types('/smetti milano')
    expect(person.shown.text).toMatch(/^Non segui Milano/)
    await person.types('/smetti tutte')
    expect(person.shown.text).toMatch(/^Non segui più nessuna provincia/)
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('what may mean several provinces is asked about, what means none is helped with', async () => {
    const person = someone()
    await person.types('/segui reggio')
    expect(person.labels.slice(0, 2).sort()).toEqual(['Reggio Calabria', "Reggio nell'Emilia"])
    await person.types('/segui torinno')
    expect(person.shown.text).toBe('Vuoi seguire Torino (TO)?')
    await person.types('/segui atlantide')
    expect(person.shown.text).toMatch(/^Non trovo questa provincia/)
    await person.types('qwertyuiop asdf')
    expect(person.shown.text).toMatch(/^Non ho capito/)
    await person.types('/nonesiste')
    expect(person.shown.text).toMatch(/non lo conosco/)
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('a town that is no province leads to the one whose police serve it', async () => {
    const person = someone()
    await person.types('ivrea')
    expect(person.shown.text).toBe('📍 Ivrea: se ne occupa la questura di Torino.\nVuoi seguire Torino (TO)?')
    await person.types('/segui Empoli')
    expect(person.shown.text).toMatch(/questura di Firenze/)
    await person.types('/segui Samone')
    expect(person.labels.slice(0, 2).sort()).toEqual(['Torino', 'Trento'])
    expect(person.shown.text).toMatch(/Quale intendi/)
    for (const text of ['San Giovanni', '/segui san giovanni']) {
      await person.types(text)
      expect(person.shown.text).toMatch(/scrivi il nome intero/)
    }
    await person.types('che ore sono a casa tua adesso?')
    expect(person.shown.text).toMatch(/^Non ho capito/)
    await person.types('https://example.org')
    expect(person.shown.text).toMatch(/^Non ho capito/)
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('a typed name or a deep link offers the province, without following it', async () => {
    const person = someone()
    for (const text of ['torino', 'TO', 'Tornio', '/start TO', '/start to', 'passaporto a torino?']) {
      await person.types('/mie')
      await person.types(text)
      if (person.shown.text !== 'Quale intendi?') expect(person.shown.text).toBe('Vuoi seguire Torino (TO)?')
    }
    await person.types('sardegna')
    expect(person.labels).toContain('Sud Sardegna')
    expect(await followed(person.chat.id)).toEqual([])
  })

  test('a photo or a sticker is answered, a notice of Telegram is not', async () => {
    const person = someone()
    await person.sends({ message: person.message({ sticker: { file_id: 'x' } }) })
    expect(person.shown.text).toMatch(/^So leggere solo il testo/)
    const before = bot.telegram.calls.length
    await person.sends({ message: person.message({ pinned_message: {} }) })
    expect(bot.telegram.calls).toHaveLength(before)
  })
})

describe('what following starts', () => {
  test('a province that others follow and that was read is summed up, in the outbox, once', async () => {
    const [first, second] = [someone(), someone()]
    await first.types('/segui udine')
    await bot.read('UD', time.now - 5_000)
    const nudges = bot.nudges.length
    await second.types('/segui udine')
    expect(second.shown.text).toMatch(/quello che è aperto adesso/)
    const owed = await rows(
      sql`SELECT lane, content, status FROM deliveries WHERE chat_id = ${second.chat.id}`,
    )
    expect(owed).toEqual([
      { lane: 0, status: 'queued', content: JSON.stringify({ type: 'render', by: 'summary', ref: 'UD' }) },
    ])
    expect(bot.nudges.length).toBe(nudges + 1)
    await second.types('/segui udine')
    expect(await rows(sql`SELECT 1 FROM deliveries WHERE chat_id = ${second.chat.id}`)).toHaveLength(1)
  })

  test('the slots of a province without followers for a long time are forgotten', async () => {
    const person = someone()
    await bot.openSlots({ id: '9101', province: 'SO', name: 'Questura di Sondrio' }, [
      ['2026-12-19', '09:00', 2],
    ])
    await bot.read('SO', time.now - 11 * MINUTE)
    await person.types('/segui SO')
    expect(person.shown.text).toMatch(/comincio subito a controllarla/)
    expect(await rows(sql`SELECT gone_at, announced_at FROM slots WHERE office_id = '9101'`)).toEqual([
      { gone_at: time.now, announced_at: null },
    ])
    expect(await rows(sql`SELECT kind, at FROM slot_events WHERE office_id = '9101'`)).toEqual([
      { kind: 'unwatched', at: time.now },
    ])
    const [province] = await rows(sql`SELECT watched_since FROM provinces WHERE code = 'SO'`)
    expect(province).toEqual({ watched_since: time.now })
  })

  test('slots read minutes ago are kept although the province has no followers now', async () => {
    const person = someone()
    await bot.openSlots({ id: '9102', province: 'LC', name: 'Questura di Lecco' }, [
      ['2026-12-19', '09:00', 2],
    ])
    await bot.read('LC', time.now - 9 * MINUTE)
    await person.types('/segui LC')
    expect(person.shown.text).toMatch(/quello che è aperto adesso/)
    expect(await rows(sql`SELECT gone_at FROM slots WHERE office_id = '9102'`)).toEqual([{ gone_at: null }])
  })

  test('a follower is told that polling is paused', async () => {
    const person = someone()
    await bot.db.$client
      .prepare(`INSERT INTO state (name, value, at) VALUES ('polling-paused', '{"since":1}', 1)`)
      .run()
    await person.types('/segui AG')
    expect(person.shown.text).toMatch(/non posso controllare il portale/)
    await bot.db.$client.prepare(`DELETE FROM state WHERE name = 'polling-paused'`).run()
  })
})

test('an alert’s button silences its province until Rome’s midnight, and can be taken back', async () => {
  const person = someone()
  time.now = Date.parse('2026-07-01T21:30:00Z')
  await person.types('/segui MI')
  await person.pressesData('1:mute:MI')
  expect(person.shown.text).toMatch(/Milano: nessun avviso fino a mezzanotte/)
  const muted = () => rows(sql`SELECT muted_until FROM subscriptions WHERE chat_id = ${person.chat.id}`)
  expect(await muted()).toEqual([{ muted_until: Date.parse('2026-07-01T22:00:00Z') }])
  await person.types('/mie')
  expect(person.shown.text).toContain('🔕')
  await person.pressesData('1:unmute:MI:here')
  expect(await muted()).toEqual([{ muted_until: null }])
})

describe('the forecast after following', () => {
  const DAY = 86_400_000

  test('says what to expect of a province that is watched, and that a short history says nothing', async () => {
    const [first, second] = [someone(), someone()]
    await bot.openSlots({ id: 'aq1', province: 'AQ', name: 'Questura' }, [])
    await first.types('/segui AQ')
    expect(first.shown.text).not.toContain('🔮')
    await bot.read('AQ', bot.time.now)
    const watchedFor = (days: number) =>
      transact(bot.db, [
        sql`UPDATE provinces SET watched_since = ${bot.time.now - days * DAY} WHERE code = 'AQ'`,
      ])
    await watchedFor(6)
    await second.types('/segui AQ')
    expect(second.shown.text).toContain('🔮 Controllo questa provincia solo da 6 giorni')
    await watchedFor(30)
    const days = JSON.stringify(Array.from({ length: 29 }, (_, day) => bot.time.now - (day + 0.5) * DAY))
    await transact(bot.db, [
      sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
          SELECT 'aq1', '2099-01-10', '09:' || (10 + key), 'seen', 1, value, 'r' || key FROM json_each(${days})`,
    ])
    await second.types("l'aquila")
    expect(second.shown.text).toMatch(
      /🔮 Di solito: circa 7 posti a settimana\.\nProbabilità di almeno uno: /,
    )
    await second.types('/impostazioni')
    await second.presses('Orari')
    await second.presses('Pomeriggio')
    await second.types("l'aquila")
    expect(second.shown.text).toContain('nessun posto è passato dai tuoi filtri')
  })
})

describe('a followed province', () => {
  test('shows the open slots of a typed province, with the portal, muting, settings and removal', async () => {
    const person = someone()
    await person.types('/segui pisa')
    await bot.openSlots({ id: '9201', province: 'PI', name: 'Questura di Pisa' }, [
      ['2099-12-19', '09:00', 2],
    ])
    await person.types('pisa')
    expect(person.shown.text).toMatch(/^La segui già/)
    expect(person.shown.text).toContain('Aperto ora: 1 orario, 2 posti')
    expect(person.labels).toEqual([
      '🔗 Prenota sul portale',
      '🔄 Aggiorna',
      '🔕 Silenzia per oggi',
      '✅ Ho prenotato',
      '⚙️ Impostazioni',
      '➖ Togli',
      '⬅️ Indietro',
      '🏠 Menu',
    ])
    expect(person.shown.buttons[0]?.url).toMatch(/sceltaComune$/)
  })

  test('is not followed twice, nor asked about, when the town it serves is typed', async () => {
    const person = someone()
    await person.types('/segui torino')
    await person.types('moncalieri')
    expect(person.shown.text).toMatch(/^📍 Moncalieri: se ne occupa la questura di Torino\.\nLa segui già/)
  })

  test('is muted and unmuted from its view, from the list, from the status and from /perche', async () => {
    const person = someone()
    await person.types('/segui lucca')
    await person.types('lucca')
    const muted = async () =>
      (await rows(sql`SELECT muted_until FROM subscriptions WHERE chat_id = ${person.chat.id}`))[0]
        ?.muted_until
    const ways: [command: string, shows: RegExp][] = [
      ['lucca', /^La segui già/],
      ['/mie', /^Le province che segui/],
      ['/stato', /^Stato delle tue province/],
      ['/perche', /^Perché non ricevi avvisi\s+✅/],
    ]
    for (const [command, shows] of ways) {
      await person.types('lucca')
      await person.presses('Silenzia per oggi')
      expect(await muted()).toBeGreaterThan(time.now)
      await person.types(command)
      await person.presses('Riattiva')
      expect(await muted()).toBe(null)
      expect(person.shown.text).toMatch(shows)
      expect(person.labels.join()).not.toContain('Riattiva')
    }
  })
})
