import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { readFollowStatus } from '../../src/passport/follow/follow-status.ts'
import { readStatus } from '../../src/web/info/service-status.ts'
import { harness } from './harness.worker.ts'

const bot = harness()
const { someone, chatRow, time } = bot
time.now = Date.parse('2026-11-20T12:00:00Z')

test('every preference starts open and is shown in the settings', async () => {
  const person = someone()
  await person.types('/impostazioni')
  expect(person.labels).toEqual([
    '🌐 Lingua: Italiano',
    '🌙 Ore di silenzio: nessuna',
    '🏢 Sedi: tutte',
    '📅 Date: tutte',
    '📆 Giorni: tutti',
    '🕘 Orari: tutti',
    '👥 Posti: da 1 in su',
    '⏳ Preavviso dei posti: no',
    '✂️ Posti finiti: li barro',
    '🎉 Animazione degli avvisi: no',
    '🔔 Manda un avviso di prova',
    '🏠 Menu',
  ])
})

test('alerts arrive with an animation for a person who wants it; a group is not asked', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Animazione degli avvisi: no')
  await person.presses('Sì')
  expect(person.labels).toContain('🎉 Animazione degli avvisi: sì')
  expect(await chatRow(person.chat.id)).toMatchObject({ alert_effect: 1 })
  const member = bot.inGroup(person.chat.id)
  await member.types('/impostazioni')
  expect(member.labels.join()).not.toContain('Animazione')
})

test('a person or a group asks for early notices, which are explained first', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Preavviso dei posti: no')
  expect(person.shown.text).toMatch(/di notte.*senza suono/)
  await person.presses('Sì')
  expect(person.labels).toContain('⏳ Preavviso dei posti: sì')
  expect(await chatRow(person.chat.id)).toMatchObject({ early_notice: 1 })
  await person.types('preavviso dei posti')
  await person.presses('No')
  expect(await chatRow(person.chat.id)).toMatchObject({ early_notice: 0 })
  const member = bot.inGroup(person.chat.id)
  await member.types('/impostazioni')
  expect(member.labels).toContain('⏳ Preavviso dei posti: no')
})

test('the language changes by button and by command, and every text with it', async () => {
  const person = someone()
  await person.types('/lingua')
  await person.presses('English')
  expect(person.labels).toContain('🌐 Language: English')
  await person.types('/mie')
  expect(person.shown.text).toMatch(/You follow no province/)
  await person.types('/lingua italiano')
  expect(person.shown.text).toMatch(/Ora ti scrivo in italiano/)
  expect((await chatRow(person.chat.id))?.language).toBe('it')
})

test('quiet hours come from a preset or typed, with the choice of silence or a digest', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Ore di silenzio')
  await person.presses('22:00–07:00')
  expect(person.shown.text).toBe(
    'Fatto.\nSilenzio dalle 22:00 alle 07:00. Come vuoi gli avvisi di queste ore?',
  )
  expect(person.labels.slice(0, 2)).toEqual(['✅ Subito, senza suono', 'Tutti insieme alle 07:00'])
  await person.types('/impostazioni')
  expect(person.labels).toContain('🌙 Silenzio 22:00–07:00: senza suono')
  await person.presses('Silenzio 22')
  await person.presses('Tutti insieme')
  expect(person.labels).toContain('🌙 Silenzio 22:00–07:00: tutti insieme dopo')
  await person.presses('Silenzio 22')
  await person.presses('Scegli le ore')
  await person.types('sempre')
  expect(person.shown.text).toMatch(/^Non ho capito le ore/)
  await person.types('22-22')
  expect(person.shown.text).toMatch(/^Non ho capito le ore/)
  await person.types('dalle 23.30 alle 6')
  expect(person.labels).toContain('✅ Tutti insieme alle 06:00')
  expect(await chatRow(person.chat.id)).toMatchObject({
    quiet_from: '23:30',
    quiet_to: '06:00',
    quiet_mode: 'digest',
    awaiting: null,
  })
  await person.presses('Disattiva')
  expect(await chatRow(person.chat.id)).toMatchObject({ quiet_from: null, quiet_to: null })
})

test('a date limit is typed, and anything but a future date gets an explanation', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Date')
  await person.presses('Prima del…')
  for (const wrong of ['31/02/2027', 'domani', '99/99/9999', 'torino']) {
    await person.types(wrong)
    expect(person.shown.text).toMatch(/^Non ho capito la data/)
  }
  await person.types('01/01/2020')
  expect(person.shown.text).toMatch(/già passata/)
  await person.types('31/12/2099')
  expect(person.shown.text).toMatch(/troppo lontana/)
  await person.types('31/12/2026')
  expect((await chatRow(person.chat.id))?.only_before).toBe('2026-12-31')
  await person.presses('Date: prima del 31/12/2026')
  await person.presses('Entro 30 giorni')
  expect((await chatRow(person.chat.id))?.only_before).toBe('2026-12-21')
})

test('an expired date limit shows in the settings and in the status, where it can be changed or removed', async () => {
  const person = someone()
  await person.types('/segui TO')
  await transact(bot.db, [sql`UPDATE chats SET only_before = '2026-11-20' WHERE id = ${person.chat.id}`])
  await person.types('/impostazioni')
  expect(person.labels).toContain('⚠️ Date: prima del 20/11/2026 (scaduta)')
  await person.types('/stato')
  expect(person.shown.text).toContain('solo gli appuntamenti prima del 20/11/2026. Quel giorno è arrivato')
  await person.presses('Cambia la data')
  await person.presses('Entro 60 giorni')
  expect(person.labels).toContain('📅 Date: prima del 20/01/2027')
  await person.types('/stato')
  expect(person.shown.text).not.toContain('Quel giorno è arrivato')
  await transact(bot.db, [sql`UPDATE chats SET only_before = '2026-10-01' WHERE id = ${person.chat.id}`])
  await person.types('/stato')
  await person.presses('Togli la data')
  expect((await chatRow(person.chat.id))?.only_before).toBe(null)
})

test('a button or a command ends the wait for a typed answer', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Date')
  await person.presses('Prima del…')
  expect((await chatRow(person.chat.id))?.awaiting).toBe('only-before')
  await person.presses('Annulla')
  expect((await chatRow(person.chat.id))?.awaiting).toBe(null)
  await person.types('roma')
  expect(person.shown.text).toBe('Vuoi seguire Roma (RM)?')
})

test('hours and places are limited and freed again', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Orari')
  await person.presses('Pomeriggio')
  expect(person.labels).toContain('🕘 Orari: 13:00–24:00')
  await person.presses('Orari')
  await person.presses('Scegli gli orari')
  await person.types('17-9')
  expect(person.shown.text).toMatch(/^Non ho capito gli orari/)
  await person.types('12-9')
  expect(person.shown.text).toMatch(/^Dalle 12:00 alle 09:00\? Non sono sicuro/)
  await person.types('9-5pm')
  expect(person.shown.text).toMatch(/^Fatto: ti avviso solo per gli appuntamenti dalle 09:00 alle 17:00\./)
  expect(await chatRow(person.chat.id)).toMatchObject({ only_from: '09:00', only_to: '17:00' })
  await person.presses('Orari')
  await person.presses('Scegli gli orari')
  await person.types('9-12:30')
  expect(await chatRow(person.chat.id)).toMatchObject({ only_from: '09:00', only_to: '12:30' })
  await person.presses('Orari')
  await person.presses('Disattiva')
  await person.presses('Posti: da 1')
  await person.presses('3')
  await person.presses('Posti finiti')
  await person.presses('No')
  expect(await chatRow(person.chat.id)).toMatchObject({
    only_from: null,
    only_to: null,
    min_places: 3,
    tell_gone: 0,
  })
})

test('days of the week are ticked one by one, or taken together', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Giorni: tutti')
  await person.presses('martedì')
  await person.presses('giovedì')
  expect(person.labels).toContain('✅ martedì')
  expect((await chatRow(person.chat.id))?.only_weekdays).toBe('[2,4]')
  await person.presses('✅ martedì')
  await person.types('/impostazioni')
  await person.presses('Giorni: gio')
  await person.presses('Sabato e domenica')
  expect((await chatRow(person.chat.id))?.only_weekdays).toBe('[6,7]')
  await person.presses('Tutti i giorni')
  expect((await chatRow(person.chat.id))?.only_weekdays).toBe(null)
  for (const day of ['lunedì', 'martedì', 'mercoledì', 'giovedì', 'venerdì', 'sabato', 'domenica'])
    await person.presses(`▫️ ${day}`)
  expect((await chatRow(person.chat.id))?.only_weekdays).toBe(null)
  await person.pressesData('1:set-weekdays:089')
  expect((await chatRow(person.chat.id))?.only_weekdays).toBe(null)
})

test('days pressed quickly, before the keyboard shows the first one, are all chosen, and a repeat changes nothing', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Giorni: tutti')
  const buttons = person.shown.buttons as { text: string; callback_data?: string }[]
  const data = (day: string) => String(buttons.find(({ text }) => text.includes(day))?.callback_data)
  for (const day of ['martedì', 'venerdì', 'martedì']) await person.pressesData(data(day))
  expect((await chatRow(person.chat.id))?.only_weekdays).toBe('[2,5]')
})

test('a first day is typed, comes before the date limit, and goes away', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Date')
  await person.presses('Entro 30 giorni')
  await person.presses('Date')
  await person.presses('Non prima del')
  await person.types('boh')
  expect(person.shown.text).toMatch(/^Non ho capito la data/)
  await person.types('25/12/2026')
  expect(person.shown.text).toMatch(/^Mi hai chiesto solo appuntamenti prima del 21\/12\/2026/)
  await person.types('dopo il 30 novembre')
  expect(person.shown.text).toMatch(/^Fatto: ti avviso solo per gli appuntamenti dal 01\/12\/2026/)
  expect(person.labels).toContain('📅 Date: dal 01/12/2026, prima del 21/12/2026')
  await person.presses('Date')
  await person.presses('Prima del…')
  await person.types('1/12')
  expect(person.shown.text).toMatch(/scrivi un giorno che viene dopo/)
  await person.types('31/12')
  await person.presses('Date')
  await person.presses('Togli il primo giorno')
  expect(await chatRow(person.chat.id)).toMatchObject({ only_from_day: null, only_before: '2026-12-31' })
})

test('places are counted at one time or, for families, on one day', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Posti: da 1')
  await person.presses('Nello stesso giorno')
  expect(person.shown.text).toMatch(/^Quanti posti vi servono nello stesso giorno/)
  await person.presses('4')
  expect(person.labels).toContain('👥 Posti: 4 nello stesso giorno')
  expect(await chatRow(person.chat.id)).toMatchObject({ min_places: 1, min_day_places: 4 })
  await person.presses('Posti: 4')
  expect(person.labels).toContain('✅ 4 nello stesso giorno')
  await person.presses('2')
  expect(await chatRow(person.chat.id)).toMatchObject({ min_places: 2, min_day_places: 1 })
  await person.pressesData('1:set-day-places:1')
  expect(await chatRow(person.chat.id)).toMatchObject({ min_places: 2, min_day_places: 1 })
})

test('several time windows are typed at once or added one by one; what an earlier version reads spans them', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Orari')
  await person.presses('Scegli gli orari')
  await person.types('9-12, 15-17')
  expect(person.shown.text).toMatch(/appuntamenti dalle 09:00 alle 12:00 o dalle 15:00 alle 17:00\./)
  expect(person.labels).toContain('🕘 Orari: 09:00–12:00, 15:00–17:00')
  await person.presses('Orari')
  await person.presses('Un’altra fascia')
  expect(person.shown.text).toMatch(/^Adesso ti avviso per gli appuntamenti dalle 09:00/)
  await person.types('18-19')
  expect(await chatRow(person.chat.id)).toMatchObject({
    only_from: '09:00',
    only_to: '19:00',
    only_windows: '[["09:00","12:00"],["15:00","17:00"],["18:00","19:00"]]',
  })
  await person.presses('Orari')
  await person.presses('Un’altra fascia')
  await person.types('20-21, 22-23')
  expect(person.shown.text).toMatch(/al massimo 4 fasce/)
  await person.types('12-18')
  expect(person.labels).toContain('🕘 Orari: 09:00–19:00')
  await person.presses('Orari')
  await person.presses('Disattiva')
  expect(await chatRow(person.chat.id)).toMatchObject({ only_from: null, only_to: null, only_windows: null })
})

describe('the preview of the filters', () => {
  const DAY = 86_400_000
  test('counts the alerts of the last 30 days that pass, and says what it does not know yet', async () => {
    const person = someone()
    await bot.openSlots({ id: 'an1', province: 'AN', name: 'Ancona' }, [])
    await bot.read('AN', time.now)
    await person.types('/segui AN')
    const seen = (at: number, date: string, hour: string, round: string) =>
      sql`INSERT INTO slot_events (office_id, date, time, kind, places, at, trace)
          VALUES ('an1', ${date}, ${hour}, 'seen', 1, ${at}, ${round})`
    await transact(bot.db, [
      sql`UPDATE provinces SET watched_since = ${time.now - 90 * DAY} WHERE code = 'AN'`,
      seen(time.now - 40 * DAY, '2026-11-10', '09:00', 'too-old'),
      seen(time.now - 5 * DAY, '2026-12-12', '09:00', 'a'),
      seen(time.now - 5 * DAY, '2026-12-12', '16:00', 'a'),
      seen(time.now - 4 * DAY, '2026-12-14', '16:00', 'b'),
      seen(time.now - 3 * DAY, '2026-12-15', '10:00', 'c'),
    ])
    await person.types('/impostazioni')
    expect(person.shown.text).toContain('Negli ultimi 30 giorni ti avrei avvisato 3 volte.')
    await person.presses('Orari')
    expect(person.shown.text).toContain('ti avrei avvisato 3 volte.')
    await person.presses('Mattina')
    expect(person.shown.text).toContain('ti avrei avvisato 2 volte (3 volte senza filtri).')
    await person.presses('Giorni')
    await person.presses('sabato')
    expect(person.shown.text).toContain('ti avrei avvisato una volta (3 volte senza filtri).')
    await person.types('/lingua en')
    expect(person.shown.text).toContain('I would have alerted you once (3 times without filters).')
    await transact(bot.db, [
      sql`UPDATE provinces SET watched_since = ${time.now - 4.5 * DAY} WHERE code = 'AN'`,
    ])
    await person.types('/impostazioni')
    expect(person.shown.text).toContain(
      'I have been checking your provinces for 4 days: so far I would never have',
    )
    await transact(bot.db, [sql`UPDATE provinces SET watched_since = ${time.now - 1} WHERE code = 'AN'`])
    await person.types('/impostazioni')
    expect(person.shown.text).toContain('for less than a day')
  })
})

test('offices of a followed province are ticked one by one, those of others stay', async () => {
  const person = someone()
  await person.types('/impostazioni')
  await person.presses('Sedi')
  expect(person.shown.text).toMatch(/Prima segui una provincia/)
  for (let n = 0; n < 10; n++) {
    await bot.openSlots({ id: `92${n}`, province: 'TO', name: `TOPQ6${n} - Sede "${n}" <&>` }, [])
  }
  await person.types('/segui TO, MI')
  await person.types('/impostazioni')
  await person.presses('Sedi')
  await person.presses('Milano')
  expect(person.shown.text).toMatch(/Milano: non conosco ancora le sue sedi/)
  await person.presses('Indietro')
  await person.presses('Torino')
  await person.presses('TOPQ61')
  await person.presses('▶️')
  await person.presses('TOPQ69')
  expect((await chatRow(person.chat.id))?.only_offices).toBe('["TO:921","TO:929"]')
  const before = person.shown
  await person.presses('TOPQ69')
  await person.presses('✅ TOPQ69', before)
  expect((await chatRow(person.chat.id))?.only_offices).toBe('["TO:921"]')
  await person.pressesData('1:office:TO:77777:1:0')
  expect((await chatRow(person.chat.id))?.only_offices).toBe('["TO:921"]')
  await person.presses('Tutte le sedi')
  expect((await chatRow(person.chat.id))?.only_offices).toBe(null)
})

describe('an example of an alert', () => {
  const examples = (chatId: number) =>
    bot.rows(
      sql`SELECT event, lane, status, content, not_before, event_at FROM deliveries WHERE chat_id = ${chatId}`,
    )

  test('comes ten seconds after one tap, begins as an alert does and offers nothing to book', async () => {
    const person = someone()
    await person.types('/segui torino')
    await person.types('/impostazioni')
    bot.nudges.length = 0
    await person.presses('avviso di prova')
    expect(person.shown.text).toMatch(/^🔔 Tra dieci secondi ti mando un avviso di esempio/)
    const [row, ...others] = await examples(person.chat.id)
    expect(others).toEqual([])
    expect(row).toMatchObject({ status: 'queued', not_before: time.now + 10_000 })
    const { message } = JSON.parse(String(row?.content))
    expect(message.text).toMatch(/^🔔 Esempio · Torino: 2 posti, ven 27 nov 09:00\n/)
    expect(message.text).toContain('È solo un esempio')
    expect(message.silent).toBeUndefined()
    expect(JSON.stringify(message.keyboard)).not.toContain('http')
    expect(bot.nudges).toHaveLength(1)
  })

  test('is one for taps before it arrives, and another one afterwards or a minute later', async () => {
    const person = someone()
    await person.types('/impostazioni')
    await person.presses('avviso di prova')
    for (let taps = 0; taps < 3; taps++) {
      time.now += 15_000
      await person.presses('avviso di prova')
      expect(await examples(person.chat.id)).toHaveLength(1)
    }
    await transact(bot.db, [sql`UPDATE deliveries SET status = 'sent' WHERE chat_id = ${person.chat.id}`])
    await person.presses('avviso di prova')
    expect(await examples(person.chat.id)).toHaveLength(2)
    time.now += 60_000
    await person.presses('avviso di prova')
    expect(await examples(person.chat.id)).toHaveLength(3)
    time.now -= 105_000
  })

  test.each([
    ['silent', /arriva senza suono, come gli avvisi veri/],
    ['digest', /Gli avvisi veri adesso aspettano le 14:00/],
  ])('in quiet hours (%s) makes no sound, and says so', async (mode, said) => {
    const person = someone()
    await person.types('/impostazioni')
    await person.presses('Ore di silenzio')
    await person.presses('Scegli le ore')
    await person.types('12-14')
    await transact(bot.db, [sql`UPDATE chats SET quiet_mode = ${mode} WHERE id = ${person.chat.id}`])
    await person.types('avviso di prova')
    expect(person.shown.text).toMatch(said)
    const [row] = await examples(person.chat.id)
    expect(JSON.parse(String(row?.content)).message.silent).toBe(true)
  })

  test('is in English, and for whom follows nothing, too', async () => {
    const person = someone()
    await person.types('/lingua en')
    await person.types('test alert')
    const [row] = await examples(person.chat.id)
    expect(JSON.parse(String(row?.content)).message.text).toMatch(
      /^🔔 Example · Roma: 2 places, Fri 27 Nov 09:00\n/,
    )
  })

  test('is no alert in any statistic', async () => {
    const person = someone()
    await person.types('/segui torino')
    await person.types('prova')
    await transact(bot.db, [
      sql`UPDATE deliveries SET status = 'sent', done_at = ${time.now + 11_000} WHERE chat_id = ${person.chat.id}`,
    ])
    const { provinces } = await readFollowStatus(bot.db, person.chat.id, time.now + 60_000)
    expect(provinces.map(({ alertsThisWeek }) => alertsThisWeek)).toEqual([0])
    expect((await readStatus(bot.db, time.now + 60_000)).delays).toBeNull()
  })
})
