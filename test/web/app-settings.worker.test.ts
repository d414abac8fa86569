import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { visitor } from './app-kit.worker.ts'
import { fieldProblem } from './field-problems.ts'
import { kit, NOON } from './kit.worker.ts'

const site = kit()

const rows = async (query: ReturnType<typeof sql>) => (await transact(site.db, [query]))[0]?.results ?? []
const chatOf = async (id: number) => (await rows(sql`SELECT * FROM chats WHERE id = ${id}`))[0]
const where = (response: Response) => [response.status, response.headers.get('Location')]

describe('provinces', () => {
  it('following begins reading at once, as in the chat; the province is then in the list', async () => {
    const anna = await visitor(site, 601)
    expect(await anna.page('/app/province')).toContain('Non segui ancora nessuna provincia')
    const done = await anna.post('/app/province/CN', { do: 'follow' })
    expect(where(done)).toEqual([303, '/app/province/CN?done=started'])
    expect(site.polled).toContain('CN')
    expect(await anna.page('/app/province/CN?done=started')).toContain('comincio subito a controllarla')
    expect(await anna.page('/app/province')).toContain('href="/app/province/CN"')
    expect(where(await anna.post('/app/province/CN', { do: 'follow' }))[1]).toContain('already')
    expect(await rows(sql`SELECT province, asleep FROM subscriptions WHERE chat_id = 601`)).toEqual([
      { province: 'CN', asleep: 0 },
    ])
  })

  it('a typed province is opened, several matches are offered, and no match is reported at the field', async () => {
    const anna = await visitor(site, 601)
    const found = await anna.page('/app/province?q=reggio')
    expect(found).toContain('href="/app/province/RC"')
    expect(found).toContain('href="/app/province/RE"')
    const none = await anna.page('/app/province?q=atlantide')
    expect(none).toMatch(/<input[^>]*aria-invalid="true"[^>]*aria-describedby="q-problem"/)
    expect(none).toMatch(/id="q-problem"[^>]*>Non trovo nessuna provincia per «atlantide»/)
    expect(await anna.page('/app/province')).not.toContain('aria-invalid')
  })

  it('following a province that others follow sends its open slots to the chat', async () => {
    await site.followed('AT', NOON - 10_000)
    const anna = await visitor(site, 602)
    expect(where(await anna.post('/app/province/AT', { do: 'follow' }))[1]).toContain('watched')
    const [summary] = await rows(sql`SELECT content FROM deliveries WHERE chat_id = 602`)
    expect(JSON.parse(String(summary?.content))).toMatchObject({ type: 'render', by: 'summary', ref: 'AT' })
  })

  it('muting lasts until midnight in Rome and can be taken back; unfollowing ends it', async () => {
    const anna = await visitor(site, 603)
    await anna.post('/app/province/BI', { do: 'follow' })
    await anna.post('/app/province/BI', { do: 'mute' })
    const muted = async () => (await rows(sql`SELECT muted_until FROM subscriptions WHERE chat_id = 603`))[0]
    expect(await muted()).toEqual({ muted_until: Date.parse('2026-11-21T23:00:00Z') })
    expect(await anna.page('/app/province/BI')).toContain('value="unmute"')
    await anna.post('/app/province/BI', { do: 'unmute' })
    expect(await muted()).toEqual({ muted_until: null })
    await anna.post('/app/province/BI', { do: 'unfollow' })
    expect(await muted()).toBeUndefined()
  })

  it('who booked ends the alerts, or keeps those of earlier dates and reads what moving risks', async () => {
    const anna = await visitor(site, 605)
    await anna.post('/app/province/BL', { do: 'follow' })
    const row = async () =>
      (await rows(sql`SELECT asleep, booked_at, booked_date FROM subscriptions WHERE chat_id = 605`))[0]
    expect(await anna.page('/app/province/BL')).toContain('Ho prenotato')
    for (const [date, reason] of [
      ['', 'Non ho capito la data'],
      ['2026-11-21', 'già passata'],
      ['2099-01-01', 'troppo lontana'],
    ] as const) {
      const refused = await anna.post('/app/province/BL', { do: 'booked-keep', bookedDate: date })
      expect(refused.status).toBe(422)
      expect(fieldProblem(await refused.text())).toEqual({
        field: 'bookedDate',
        text: expect.stringContaining(reason),
      })
    }
    const kept = await anna.post('/app/province/BL', { do: 'booked-keep', bookedDate: '2027-01-10' })
    expect(where(kept)).toEqual([303, '/app/province/BL?done=kept'])
    expect(await row()).toEqual({ asleep: 0, booked_at: NOON, booked_date: '2027-01-10' })
    const page = await anna.page('/app/province/BL?done=kept')
    expect(page).toContain('Hai prenotato per il 10/01/2027')
    expect(page).toContain('rischi di perderli entrambi')
    expect(page).not.toContain('non lasciano nessun giorno')
    await rows(sql`UPDATE chats SET only_from_day = '2027-01-20' WHERE id = 605`)
    expect(await anna.page('/app/province/BL')).toContain('non lasciano nessun giorno')
    await rows(sql`UPDATE chats SET only_from_day = NULL WHERE id = 605`)
    expect(await anna.page('/app/province')).toContain('Hai prenotato per il 10/01/2027')
    await anna.post('/app/province/BL', { do: 'booked-off' })
    expect(await row()).toEqual({ asleep: 0, booked_at: null, booked_date: null })
    await anna.post('/app/province/BL', { do: 'booked-stop' })
    expect(await row()).toEqual({ asleep: 2, booked_at: NOON, booked_date: null })
    expect(await anna.page('/app/province/BL?done=stopped')).toContain(
      'non ti avviso più per questa provincia',
    )
    await anna.post('/app/province/BL', { do: 'booked-off' })
    expect(await row()).toEqual({ asleep: 0, booked_at: null, booked_date: null })
  })

  it('offices are chosen for one province without touching another’s', async () => {
    await site.office({ id: '71', province: 'VC', name: 'Questura di Vercelli' })
    const anna = await visitor(site, 604)
    await anna.post('/app/province/VC', { do: 'follow' })
    await transact(site.db, [sql`UPDATE chats SET only_offices = '["NO:9"]' WHERE id = 604`])
    expect(await anna.page('/app/province/VC')).toContain('Questura di Vercelli')
    await anna.post('/app/province/VC', [
      ['do', 'offices'],
      ['office', 'VC:71'],
      ['office', 'MI:1'],
    ])
    expect((await chatOf(604))?.only_offices).toBe('["NO:9","VC:71"]')
    await anna.post('/app/province/VC', { do: 'offices' })
    expect((await chatOf(604))?.only_offices).toBe('["NO:9"]')
  })

  it('a province that does not exist is not found', async () => {
    const anna = await visitor(site, 601)
    expect((await anna.get('/app/province/XX')).status).toBe(404)
    expect((await anna.post('/app/province/XX', { do: 'follow' })).status).toBe(404)
  })
})

describe('preferences', () => {
  const typed = {
    onlyBefore: '2027-01-15',
    onlyFrom: '09:00',
    onlyTo: '12:30:00',
    minPlaces: '2',
    quietFrom: '22:30',
    quietTo: '07:00',
    quietMode: 'digest',
    language: 'en',
  }

  it('are saved as the chat saves them, and shown again', async () => {
    const anna = await visitor(site, 611)
    expect(where(await anna.post('/app/preferenze', typed))).toEqual([303, '/app/preferenze?done=saved'])
    expect(await chatOf(611)).toMatchObject({
      only_before: '2027-01-15',
      only_from: '09:00',
      only_to: '12:30',
      min_places: 2,
      quiet_from: '22:30',
      quiet_to: '07:00',
      quiet_mode: 'digest',
      tell_gone: 0,
      language: 'en',
    })
    const page = await anna.page('/app/preferenze?done=saved')
    expect(page).toContain('value="2027-01-15"')
    expect(page).not.toMatch(/name="alertEffect" checked/)
    await anna.post('/app/preferenze', { ...typed, alertEffect: 'on' })
    expect(await chatOf(611)).toMatchObject({ alert_effect: 1, early_notice: 0 })
    expect(page).not.toMatch(/name="earlyNotice" checked/)
    await anna.post('/app/preferenze', { ...typed, earlyNotice: 'on' })
    expect(await chatOf(611)).toMatchObject({ alert_effect: 0, early_notice: 1 })
    expect(await anna.page('/app/preferenze')).toMatch(
      /name="earlyNotice" checked[\s\S]*Early notice of places/,
    )
    expect(page).toContain('lang="en"')
  })

  it('hold days of the week, a first day and several time windows', async () => {
    const anna = await visitor(site, 615)
    const form: [string, string][] = [
      ['onlyFromDay', '2026-12-01'],
      ['onlyBefore', '2027-01-15'],
      ['weekday', '2'],
      ['weekday', '4'],
      ['onlyFrom', '15:00'],
      ['onlyTo', ''],
      ['onlyFrom', '09:00'],
      ['onlyTo', '12:00'],
      ['onlyFrom', ''],
      ['onlyTo', ''],
      ['minPlaces', '1'],
      ['quietMode', 'silent'],
      ['language', 'it'],
    ]
    expect(where(await anna.post('/app/preferenze', form))[0]).toBe(303)
    expect(await chatOf(615)).toMatchObject({
      only_from_day: '2026-12-01',
      only_before: '2027-01-15',
      only_weekdays: '[2,4]',
      only_from: '09:00',
      only_to: '24:00',
      only_windows: '[["09:00","12:00"],["15:00","24:00"]]',
    })
    const page = await anna.page('/app/preferenze')
    expect(page.match(/name="weekday"[^>]*checked/g)).toHaveLength(2)
    expect(page.match(/name="onlyFrom"/g)).toHaveLength(3)
    const late = form.map(([name, value]): [string, string] =>
      name === 'onlyFromDay' ? [name, '2027-01-15'] : [name, value],
    )
    const refused = await anna.post('/app/preferenze', late)
    expect(fieldProblem(await refused.text())?.field).toBe('onlyFromDay')
    const wrong = form.map(([name, value]): [string, string] => [name, value === '12:00' ? '08:00' : value])
    const hours = await anna.post('/app/preferenze', wrong)
    expect(hours.status).toBe(422)
    expect(fieldProblem(await hours.text())?.field).toBe('onlyTo')
  })

  it('count places at one time, or on one day', async () => {
    const anna = await visitor(site, 617)
    const form = { minPlaces: '3', placesOf: 'day', quietMode: 'silent', language: 'it' }
    expect(where(await anna.post('/app/preferenze', form))[0]).toBe(303)
    expect(await chatOf(617)).toMatchObject({ min_places: 1, min_day_places: 3 })
    const page = await anna.page('/app/preferenze')
    expect(page).toMatch(/name="minPlaces"[^>]*value="3"/)
    expect(page).toMatch(/value="day" checked/)
    const wrong = await anna.post('/app/preferenze', { ...form, minPlaces: '0' })
    expect(fieldProblem(await wrong.text())?.field).toBe('minPlaces')
    await anna.post('/app/preferenze', { ...form, minPlaces: '2', placesOf: 'time' })
    expect(await chatOf(617)).toMatchObject({ min_places: 2, min_day_places: 1 })
  })

  it('show what filters would have let through, before they are saved', async () => {
    const anna = await visitor(site, 616)
    await site.office({ id: 'ps1', province: 'PU', name: 'Pesaro' })
    await anna.post('/app/province/PU', { do: 'follow' })
    await site.followed('PU', NOON, NOON - 40 * 86_400_000)
    await site.steps('ps1', '2026-12-20', '09:00', [['seen', NOON - 86_400_000]])
    const before = await anna.page('/app/preferenze')
    expect(before).toContain('Negli ultimi 30 giorni ti avrei avvisato una volta.')
    // Enter in a field presses the first button: it saves.
    expect(before.indexOf('>Salva<')).toBeLessThan(before.indexOf('value="preview"'))
    const tried = await anna.post('/app/preferenze', {
      do: 'preview',
      minPlaces: '2',
      quietMode: 'silent',
      language: 'it',
    })
    expect(tried.status).toBe(200)
    const page = await tried.text()
    expect(page).toContain('non ti avrei mai avvisato (una volta senza filtri)')
    expect(page).toContain('È solo una prova')
    expect(page).toMatch(/name="minPlaces"[^>]*value="2"/)
    expect((await chatOf(616))?.min_places).toBe(1)
  })

  it('send an example of an alert to the chat, in its language, and say that it is coming', async () => {
    const anna = await visitor(site, 640)
    expect(await anna.page('/app/preferenze')).toContain('action="/app/preferenze/prova"')
    const done = await anna.post('/app/preferenze/prova', {})
    expect(where(done)).toEqual([303, '/app/preferenze?done=example'])
    expect(await anna.page('/app/preferenze?done=example')).toContain('Tra dieci secondi ti mando un avviso')
    await transact(site.db, [sql`UPDATE chats SET language = 'en' WHERE id = 640`])
    expect(await anna.page('/app/preferenze?done=example')).toContain(
      'In ten seconds I will send you a sample alert',
    )
    const [row] = await rows(sql`SELECT content, not_before FROM deliveries WHERE chat_id = 640`)
    expect(row?.not_before).toBe(site.time.now + 10_000)
    expect(JSON.parse(String(row?.content)).message.text).toMatch(/^🔔 Esempio · Roma: 2 posti/)
  })

  it('emptied fields mean no filter', async () => {
    const anna = await visitor(site, 611)
    await anna.post('/app/preferenze', {
      minPlaces: '1',
      quietMode: 'silent',
      language: 'it',
      tellGone: 'on',
    })
    expect(await chatOf(611)).toMatchObject({
      only_before: null,
      only_from: null,
      quiet_from: null,
      min_places: 1,
      tell_gone: 1,
    })
  })

  it.each([
    [{ onlyBefore: '2026-11-21' }, 'La data deve essere futura'],
    [{ onlyFrom: '13:00' }, 'Il primo orario deve venire prima'],
    [{ quietTo: '' }, 'servono un inizio e una fine'],
    [{ minPlaces: '0' }, 'da 1 a 99'],
    [{ minPlaces: 'due' }, 'da 1 a 99'],
  ])('%o is refused at its field, which gets the focus, and what was typed stays', async (wrong, reason) => {
    const anna = await visitor(site, 612)
    const response = await anna.post('/app/preferenze', { ...typed, ...wrong })
    expect(response.status).toBe(422)
    const field = { onlyFrom: 'onlyTo' }[Object.keys(wrong)[0] ?? ''] ?? Object.keys(wrong)[0]
    expect(fieldProblem(await response.text())).toEqual({ field, text: expect.stringContaining(reason) })
    expect(await chatOf(612)).toBeUndefined()
  })

  it('a field that the form does not have is refused with a reason', async () => {
    const response = await (await visitor(site, 612)).post('/app/preferenze', { ...typed, language: 'xx' })
    expect(response.status).toBe(422)
    expect(await response.text()).toMatch(/role="alert"[^>]*>Qualcosa non va/)
  })

  it('a date limit that has passed meanwhile is no reason to refuse the rest', async () => {
    const anna = await visitor(site, 613)
    await anna.post('/app/preferenze', { ...typed, onlyBefore: '2026-11-22' })
    site.time.now = NOON + 3 * 86_400_000
    const later = await visitor(site, 613)
    expect(
      where(await later.post('/app/preferenze', { ...typed, onlyBefore: '2026-11-22', minPlaces: '5' }))[0],
    ).toBe(303)
    site.time.now = NOON
    expect((await chatOf(613))?.min_places).toBe(5)
  })

  it('a chat that was gone wakes up when its person changes something here', async () => {
    const anna = await visitor(site, 614)
    await anna.post('/app/province/BI', { do: 'follow' })
    await transact(site.db, [
      sql`UPDATE chats SET status = 'gone' WHERE id = 614`,
      sql`UPDATE subscriptions SET asleep = 1 WHERE chat_id = 614`,
    ])
    expect(await anna.page('/app/province')).toContain('apri la chat con il bot e premi Avvia')
    await anna.post('/app/preferenze', typed)
    expect((await chatOf(614))?.status).toBe('active')
    expect(await rows(sql`SELECT asleep FROM subscriptions WHERE chat_id = 614`)).toEqual([{ asleep: 0 }])
  })
})

describe('a person’s own data', () => {
  it('are all in the file, and nobody else’s', async () => {
    const anna = await visitor(site, 621)
    const other = await visitor(site, 622)
    await anna.post('/app/province/LO', { do: 'follow' })
    await other.post('/app/province/SO', { do: 'follow' })
    const file = await anna.get('/app/dati/esporta?id=622&chat=622')
    expect(file.headers.get('Content-Disposition')).toContain('attachment')
    const data = await file.json<{ chat: { id: number }; subscriptions: { province: string }[] }>()
    expect(data.chat.id).toBe(621)
    expect(data.subscriptions.map(({ province }) => province)).toEqual(['LO'])
  })

  it('are deleted only after the tick; then nothing is left, but other people’s', async () => {
    const anna = await visitor(site, 623)
    const other = await visitor(site, 624)
    await anna.post('/app/province/LO', { do: 'follow' })
    await other.post('/app/province/LO', { do: 'follow' })
    const unsure = await anna.post('/app/dati/cancella', {})
    expect(unsure.status).toBe(422)
    expect(fieldProblem(await unsure.text())?.field).toBe('sure')
    expect(await chatOf(623)).toBeDefined()
    Reflect.deleteProperty(site.bindings, 'STUDENTS')
    const done = await anna.post('/app/dati/cancella', { sure: 'yes', id: '624' })
    expect(done.status).toBe(200)
    expect(await done.text()).toContain('ho cancellato tutto')
    expect(done.headers.get('Set-Cookie')).toContain('Max-Age=0')
    expect(await chatOf(623)).toBeUndefined()
    expect(await rows(sql`SELECT * FROM subscriptions WHERE chat_id = 623`)).toEqual([])
    expect(await chatOf(624)).toBeDefined()
  })

  it('of an object that does not answer: said so, and erased later', async () => {
    const anna = await visitor(site, 626)
    await anna.post('/app/province/LO', { do: 'follow' })
    Object.assign(site.bindings, { STUDENTS: undefined })
    const done = await anna.post('/app/dati/cancella', { sure: 'yes' })
    Reflect.deleteProperty(site.bindings, 'STUDENTS')
    expect(await done.text()).toContain('Ho cancellato quasi tutto')
    expect(await chatOf(626)).toBeUndefined()
    expect(await rows(sql`SELECT user_id FROM erasures`)).toEqual([{ user_id: 626 }])
  })

  it('portal sessions that an operator handed in go with them', async () => {
    Reflect.deleteProperty(site.bindings, 'STUDENTS')
    const operator = await visitor(site, 625)
    await transact(site.db, [
      sql`INSERT INTO portal_sessions (owner_id, sealed, health, created_at, last_good_at)
          VALUES (625, 'sealed-text', 'good', 1, 1), (626, 'other', 'good', 1, 1)`,
    ])
    const file = await (await operator.get('/app/dati/esporta')).text()
    expect(JSON.parse(file).portalSessions).toHaveLength(1)
    expect(file).not.toContain('sealed-text')
    await operator.post('/app/dati/cancella', { sure: 'yes' })
    expect(await rows(sql`SELECT owner_id FROM portal_sessions`)).toEqual([{ owner_id: 626 }])
  })
})
