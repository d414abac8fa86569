import { sql } from 'drizzle-orm'
import { encode as encodePng } from 'fast-png'
import encodeQr from 'qr'
import { beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../src/db/client.ts'
import { codeOf } from '../../src/sport/catalogue.ts'
import { visitor } from './app-kit.worker.ts'
import { account, action, booking, fakeStudents, occurrence, weekly } from './fake-student.ts'
import { kit, NOON } from './kit.worker.ts'

const site = kit()
const students = fakeStudents()
Object.assign(site.bindings, { STUDENTS: students.namespace, SPORT_USER_IDS: '701, 702, 703' })

const where = (response: Response) => [response.status, response.headers.get('Location')]
const key = expect.stringMatching(/^app:[0-9a-f-]{36}:/)
const credentials = {
  do: 'link',
  username: ' 10701234 ',
  password: ' secret pass ',
  otpauth: 'otpauth://totp/Polimi?secret=JBSWY3DPEHPK3PXPJBSWY3DP',
}

/** A PNG of the QR code of a text, as authenticator apps show it. */
function pictureOf(text: string): Uint8Array<ArrayBuffer> {
  const [scale, modules] = [4, encodeQr(text, 'raw', { border: 4 })] as const
  const side = modules.length * scale
  const data = new Uint8Array(side * side)
  for (let at = 0; at < data.length; at++)
    data[at] = modules[Math.floor(at / side / scale)]?.[Math.floor((at % side) / scale)] ? 0 : 255
  return new Uint8Array(encodePng({ width: side, height: side, data, channels: 1, depth: 8 }))
}

beforeEach(async () => {
  students.reset()
  await transact(site.db, [sql`UPDATE chats SET heavy_until = 0`])
})

describe('who may', () => {
  it('only those on the list see the tab and the pages; nobody else’s object is ever called', async () => {
    const stranger = await visitor(site, 799)
    expect(await stranger.page('/app/province')).not.toContain('href="/app/sport"')
    for (const path of ['/app/sport', '/app/sport/account', '/app/sport/storico.csv']) {
      const response = await stranger.get(path)
      expect(response.status).toBe(403)
      expect(await response.text()).toContain('riservato a poche persone')
    }
    expect((await stranger.post('/app/sport/account', credentials)).status).toBe(403)
    expect(students.calls).toEqual([])
  })

  it('whatever a form or address says, the object called is the visitor’s own', async () => {
    const anna = await visitor(site, 701)
    await anna.post('/app/sport/prenotazioni/7?user=702', {
      do: 'cancel',
      sure: 'yes',
      userId: '702',
      id: '702',
    })
    await anna.get('/app/sport/prenotazioni/7?user=702')
    await anna.get('/app/sport?user=702')
    expect(new Set(students.calls.map(({ of }) => of))).toEqual(new Set(['701']))
  })

  it('a form without the token changes nothing', async () => {
    const anna = await visitor(site, 701)
    const other = await visitor(site, 702)
    for (const forged of [{ csrf: null }, { csrf: await other.token() }, { origin: 'https://evil.test' }])
      expect((await anna.post('/app/sport/account', { ...credentials }, forged)).status).toBe(403)
    expect(students.changes()).toEqual([])
  })

  it('without the booking Worker the pages say so', async () => {
    const anna = await visitor(site, 701)
    Object.assign(site.bindings, { STUDENTS: undefined })
    const response = await anna.get('/app/sport')
    Object.assign(site.bindings, { STUDENTS: students.namespace })
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('non risponde, o qui non è attiva')
  })
})

describe('the account', () => {
  it('who has none is led to connecting it', async () => {
    students.answer('account', { ...account, state: 'none', means: null })
    students.answer('bookings', [])
    const anna = await visitor(site, 701)
    expect(where(await anna.get('/app/sport'))).toEqual([303, '/app/sport/account'])
    const page = await anna.page('/app/sport/account')
    expect(page).toContain('Collega il tuo account')
    expect(page).not.toContain('Scollega l’account')
  })

  it('what was typed goes to the object as it is, and progress is shown', async () => {
    const anna = await visitor(site, 701)
    const response = await anna.post('/app/sport/account', credentials)
    expect(where(response)).toEqual([303, '/app/sport/richieste/12'])
    expect(students.changes()).toEqual([
      {
        of: '701',
        call: 'link',
        with: [key, { username: '10701234', password: ' secret pass ', otpauth: credentials.otpauth }],
      },
    ])
  })

  it.each([
    [{ username: 'a b' }, 'né contenere spazi'],
    [{ username: '' }, 'né contenere spazi'],
    [{ password: '' }, 'Scrivi la password'],
    [{ otpauth: '' }, 'Scrivi la chiave'],
    [{ otpauth: 'non lo so' }, 'Questa chiave non è valida'],
    [{ otpauth: 'otpauth://hotp/x?secret=JBSWY3DPEHPK3PXP&counter=1' }, 'HOTP'],
    [{ otpauth: 'otpauth-migration://offline?data=x' }, 'esporta tutti'],
  ])('%o is refused with a reason, and no secret comes back', async (wrong, reason) => {
    const anna = await visitor(site, 701)
    const response = await anna.post('/app/sport/account', { ...credentials, ...wrong })
    expect(response.status).toBe(422)
    const page = await response.text()
    expect(page).toContain(reason)
    expect(page).not.toContain('secret pass')
    expect(page).not.toContain('JBSWY3DP')
    expect(students.changes()).toEqual([])
  })

  it('the key is read from a picture of its QR code', async () => {
    const anna = await visitor(site, 701)
    const qr = new File([pictureOf(credentials.otpauth)], 'qr.png', { type: 'image/png' })
    const response = await anna.post('/app/sport/account', { ...credentials, otpauth: '' }, {}, { qr })
    expect(where(response)).toEqual([303, '/app/sport/richieste/12'])
    expect(students.changes()[0]?.with[1]).toMatchObject({ otpauth: credentials.otpauth })
    const blank = new File([new Uint8Array(100)], 'x.png', { type: 'image/png' })
    const refused = await anna.post('/app/sport/account', { ...credentials, otpauth: '' }, {}, { qr: blank })
    expect(refused.status).toBe(422)
    expect(await refused.text()).toContain('non trovo un codice QR')
  })

  it('a pasted session is read and handed in; without cookies it is refused', async () => {
    const anna = await visitor(site, 701)
    const pasted = "curl 'https://site.test/' -H 'Cookie: ASP.NET_SessionId=abc; .AUTH=def'"
    expect(where(await anna.post('/app/sport/account', { do: 'session', session: pasted }))[0]).toBe(303)
    expect(students.changes()[0]?.with[1]).toEqual({ 'ASP.NET_SessionId': 'abc', '.AUTH': 'def' })
    expect((await anna.post('/app/sport/account', { do: 'session', session: 'hello' })).status).toBe(422)
  })

  it('it is disconnected only after the tick', async () => {
    const anna = await visitor(site, 701)
    expect((await anna.post('/app/sport/account', { do: 'unlink' })).status).toBe(422)
    expect(students.changes()).toEqual([])
    const done = await anna.post('/app/sport/account', { do: 'unlink', sure: 'yes' })
    expect(where(done)).toEqual([303, '/app/sport/account?done=unlinked'])
    expect(students.changes().map(({ call }) => call)).toEqual(['unlink'])
  })

  it('a browser is not made to log in again and again: after a minute’s worth the person waits', async () => {
    const anna = await visitor(site, 701)
    const answers = []
    for (let i = 0; i < 5; i++) answers.push((await anna.post('/app/sport/account', credentials)).status)
    expect(answers).toEqual([303, 303, 303, 303, 429])
    expect(students.changes()).toHaveLength(4)
  })
})

describe('the week', () => {
  it('shows what is booked and what will be, each leading to its page', async () => {
    const anna = await visitor(site, 701)
    const page = await anna.page('/app/sport?settimana=2026-11-25')
    expect(page).toContain('href="/app/sport/prenotazioni/7"')
    expect(page).toContain('href="/app/sport/periodiche/3"')
    expect(page).toContain('YOGA &lt;b&gt;')
    expect(page).toContain('prenoto mar 24 nov alle 00:00')
  })

  it('a booking made by a weekly one is shown once, in the state of its question', async () => {
    students.answer('bookings', [booking({ weeklyId: 3, date: '2026-11-26', start: '10:00', name: 'YOGA' })])
    students.answer('upcoming', [occurrence({ state: 'asked' })])
    const page = await (await visitor(site, 701)).page('/app/sport?settimana=2026-11-23')
    expect(page.match(/class="lesson/g)).toHaveLength(1)
    expect(page).toContain('da confermare')
  })

  it('a week that is not ahead, or no date at all, is this week', async () => {
    const anna = await visitor(site, 701)
    for (const asked of ['2026-11-01', '2036-01-01', 'x', '2026-02-31'])
      expect(await anna.page(`/app/sport?settimana=${asked}`)).toContain('Questa settimana')
    expect(await anna.page('/app/sport')).toContain('aria-current="date"')
  })

  it('requests under way are listed; everything can be paused and resumed', async () => {
    students.answer('lastActions', [action({ kind: 'cancel' }), action({ id: 9, status: 'completed' })])
    const anna = await visitor(site, 701)
    const page = await anna.page('/app/sport')
    expect(page).toContain('/app/sport/richieste/12')
    expect(page).not.toContain('/app/sport/richieste/9"')
    await anna.post('/app/sport', { do: 'pause' })
    await anna.post('/app/sport', { do: 'resume' })
    expect(where(await anna.post('/app/sport', { do: 'check' }))[1]).toBe('/app/sport/richieste/12')
    expect(students.changes().map(({ call }) => call)).toEqual(['pauseAll', 'resumeAll', 'check'])
    students.answer('account', { ...account, paused: true })
    expect(await anna.page('/app/sport')).toContain('È tutto in pausa')
  })
})

describe('a booking', () => {
  it('is cancelled only after the tick', async () => {
    const anna = await visitor(site, 701)
    expect((await anna.post('/app/sport/prenotazioni/7', { do: 'cancel' })).status).toBe(422)
    expect(students.changes()).toEqual([])
    const done = await anna.post('/app/sport/prenotazioni/7', { do: 'cancel', sure: 'yes' })
    expect(where(done)).toEqual([303, '/app/sport/richieste/12'])
    expect(students.changes()).toEqual([{ of: '701', call: 'cancel', with: [key, 7] }])
  })

  it('its question is answered here too', async () => {
    const deadline = Date.parse('2026-11-23T15:00:00Z')
    const target = action().target
    students.answer(
      'booking',
      booking({
        confirmation: {
          id: 5,
          kind: 'keep',
          weeklyId: 3,
          status: 'asked',
          target,
          askAt: 1,
          deadline,
        } as never,
      }),
    )
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/prenotazioni/7')).toContain(
      'Rispondi entro lunedì 23 novembre, ore 16:00',
    )
    await anna.post('/app/sport/prenotazioni/7', { do: 'keep', question: '5' })
    await anna.post('/app/sport/prenotazioni/7', { do: 'skip', question: '5' })
    expect(students.calls.filter(({ call }) => call === 'confirm' || call === 'skip')).toEqual([
      { of: '701', call: 'confirm', with: [5] },
      { of: '701', call: 'skip', with: [5] },
    ])
  })

  it('goes to the calendar as a file', async () => {
    const file = await (await visitor(site, 701)).get('/app/sport/prenotazioni/7/calendario.ics')
    expect(file.headers.get('Content-Type')).toContain('text/calendar')
    expect(await file.text()).toContain('SUMMARY:PILATES')
  })

  it('that is not there, or no number at all, is not found', async () => {
    students.refuse('booking', 'not-found')
    const anna = await visitor(site, 701)
    for (const id of ['8', 'x', '-1', '9'.repeat(30)])
      expect((await anna.get(`/app/sport/prenotazioni/${id}`)).status).toBe(404)
  })
})

describe('a weekly booking', () => {
  it.each([
    ['pause', 'pauseWeekly', [key, 3], 'paused'],
    ['resume', 'resumeWeekly', [key, 3], 'resumed'],
    ['skip', 'skipNext', [key, 3], 'skipped'],
  ])('%s', async (verb, call, args, notice) => {
    const anna = await visitor(site, 701)
    const done = await anna.post('/app/sport/periodiche/3', { do: verb })
    expect(where(done)).toEqual([303, `/app/sport/periodiche/3?done=${notice}`])
    expect(students.changes()).toEqual([{ of: '701', call, with: args }])
  })

  it('is skipped until a day to come, within a year', async () => {
    const anna = await visitor(site, 701)
    for (const date of ['', '2026-11-21', '2028-01-01', '2026-13-01', 'x'])
      expect((await anna.post('/app/sport/periodiche/3', { do: 'until', date })).status).toBe(422)
    expect(students.changes()).toEqual([])
    expect((await anna.post('/app/sport/periodiche/3', { do: 'until', date: '2027-01-10' })).status).toBe(303)
    expect(students.changes()).toEqual([{ of: '701', call: 'skipUntil', with: [key, 3, '2027-01-10'] }])
  })

  it('is deleted only after the tick; another’s is not found', async () => {
    const anna = await visitor(site, 701)
    expect((await anna.post('/app/sport/periodiche/3', { do: 'remove' })).status).toBe(422)
    expect((await anna.post('/app/sport/periodiche/3', { do: 'remove', sure: 'yes' })).status).toBe(303)
    expect(students.changes().map(({ call }) => call)).toEqual(['removeWeekly'])
    expect((await anna.get('/app/sport/periodiche/4')).status).toBe(404)
  })

  it('says how it stands', async () => {
    students.answer('weekly', [weekly({ paused: true, next: null, watchHoursBefore: 2 })])
    const page = await (await visitor(site, 701)).page('/app/sport/periodiche/3')
    expect(page).toContain('Giovedì 10:00 · YOGA &lt;b&gt;')
    expect(page).toContain('fino a 2 ore prima')
    expect(page).toContain('value="resume"')
    expect(page).not.toContain('value="skip"')
  })
})

describe('a new booking', () => {
  const course = (id: string, date: string, start: string, name: string) =>
    sql`INSERT INTO courses (key, type, name, location, date, day_of_week, start, "end", available_places, total_places, updated_at)
        VALUES (${id}, 'course', ${name}, 'Giuriati', ${date}, 1, ${start}, '19:00', 4, 20, ${NOON})`
  const code = (id: string) => codeOf({ key: id })

  beforeEach(() =>
    transact(site.db, [
      sql`DELETE FROM courses`,
      course('a', '2026-11-23', '18:00', 'PILATES'),
      course('b', '2026-11-23', '19:00', 'YOGA'),
      course('c', '2026-11-30', '18:00', 'LATER'),
    ]),
  )
  const ref = (name: string, date: string, start: string) => ({
    type: 'course',
    name,
    location: 'Giuriati',
    date,
    start,
  })

  it('begins with the schedule, day by day', async () => {
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/corsi')).toContain('PILATES')
    const other = await anna.page('/app/sport/corsi?giorno=2026-11-30')
    expect(other).toContain('LATER')
    expect(other).not.toContain('PILATES')
  })

  it('asks the object for now when booking is open, with alternatives and a watch', async () => {
    const anna = await visitor(site, 701)
    const done = await anna.post(`/app/sport/corsi/${code('a')}`, [
      ['do', 'book'],
      ['alternative', code('b')],
      ['alternative', code('b')],
      ['watch', '2'],
    ])
    expect(where(done)).toEqual([303, '/app/sport/richieste/12'])
    expect(students.changes()[0]?.with).toEqual([
      {
        requestKey: key,
        wish: ref('PILATES', '2026-11-23', '18:00'),
        alternatives: [ref('YOGA', '2026-11-23', '19:00')],
        when: 'now',
        watchUntil: Date.parse('2026-11-23T15:00:00Z'),
      },
    ])
  })

  it('waits for the opening otherwise', async () => {
    const anna = await visitor(site, 701)
    expect(await anna.page(`/app/sport/corsi/${code('c')}`)).toContain('Prenota all’apertura')
    await anna.post(`/app/sport/corsi/${code('c')}`, { do: 'book', alternative: '', watch: '77' })
    expect(students.changes()[0]?.with).toMatchObject([
      { when: 'at-opening', alternatives: [], watchUntil: null },
    ])
  })

  it('every week: the policy chosen, alternatives of the same day only', async () => {
    const anna = await visitor(site, 701)
    const done = await anna.post(`/app/sport/corsi/${code('a')}`, [
      ['do', 'weekly'],
      ['policy', 'ask-then-book'],
      ['alternative', code('c')],
      ['alternative', code('b')],
      ['watch', '0'],
    ])
    expect(where(done)).toEqual([303, '/app/sport/periodiche/3?done=created'])
    expect(students.changes()[0]?.with[1]).toEqual({
      type: 'course',
      name: 'PILATES',
      location: 'Giuriati',
      dayOfWeek: 1,
      start: '18:00',
      policy: 'ask-then-book',
      alternatives: [{ type: 'course', name: 'YOGA', location: 'Giuriati', start: '19:00' }],
      watchHoursBefore: null,
    })
    expect((await anna.post(`/app/sport/corsi/${code('a')}`, { do: 'weekly', policy: 'x' })).status).toBe(422)
  })

  it('a form sent twice is one request: both carry the same key', async () => {
    const anna = await visitor(site, 701)
    const form = { do: 'book', key: crypto.randomUUID() }
    await anna.post(`/app/sport/corsi/${code('a')}`, form)
    await anna.post(`/app/sport/corsi/${code('a')}`, form)
    const keys = students
      .changes()
      .map(({ with: [request] }) => (request as { requestKey: string }).requestKey)
    expect(keys).toEqual([`app:${form.key}:book`, `app:${form.key}:book`])
  })

  it('a class that is no longer on the schedule says so; a refusal of the object too', async () => {
    const anna = await visitor(site, 701)
    expect((await anna.get('/app/sport/corsi/zzz')).status).toBe(404)
    students.refuse('book', 'duplicate')
    const response = await anna.post(`/app/sport/corsi/${code('a')}`, { do: 'book' })
    expect(response.status).toBe(409)
    expect(await response.text()).toContain('già prenotata')
  })

  it('without a schedule it can be read now', async () => {
    await transact(site.db, [sql`DELETE FROM courses`])
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/corsi')).toContain('Leggi gli orari adesso')
    expect(where(await anna.post('/app/sport/corsi', { do: 'read' }))).toEqual([
      303,
      '/app/sport/corsi?letti=1',
    ])
    expect(students.calls.some(({ call }) => call === 'volunteer')).toBe(true)
  })
})

describe('the rest', () => {
  it('progress is read again until it is over', async () => {
    const anna = await visitor(site, 701)
    const going = await anna.page('/app/sport/richieste/12')
    expect(going).toContain('data-live')
    expect(going).toContain('http-equiv="refresh"')
    students.answer('action', action({ status: 'failed', stage: 'done', reason: 'full' }))
    const over = await anna.page('/app/sport/richieste/12')
    expect(over).toContain('Non ci sono più posti')
    expect(over).not.toContain('data-live')
  })

  it('a request is withdrawn; too late, its page says how it stands', async () => {
    const anna = await visitor(site, 701)
    students.refuse('withdraw', 'too-late')
    const done = await anna.post('/app/sport/richieste/12', { do: 'withdraw' })
    expect(where(done)).toEqual([303, '/app/sport/richieste/12'])
  })

  it('the calendar’s address is made, shown to its owner only, and revoked', async () => {
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/calendario')).not.toContain('/calendar/')
    await anna.post('/app/sport/calendario', { do: 'create' })
    students.answer('account', { ...account, hasFeed: true })
    expect(await anna.page('/app/sport/calendario')).toContain(
      `https://sportello.test/calendar/jh-${'a'.repeat(48)}.ics`,
    )
    await anna.post('/app/sport/calendario', { do: 'revoke' })
    expect(students.changes().map(({ call }) => call)).toEqual(['revokeFeed'])
  })

  it('history is shown with reasons, and handed out as CSV', async () => {
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/storico')).toContain('Non ci sono più posti')
    const csv = await anna.get('/app/sport/storico.csv')
    expect([csv.headers.get('Content-Type'), await csv.text()]).toEqual([
      'text/csv; charset=utf-8',
      'when,what\n',
    ])
  })

  it('preferences are saved together; numbers that make no sense are refused', async () => {
    const anna = await visitor(site, 701)
    await anna.post('/app/sport/avvisi', { tellSuccess: 'on', confirmHours: '12', deadlineHours: '0.5' })
    expect(students.calls.find(({ call }) => call === 'setPreferences')?.with).toEqual([
      {
        tellSuccess: true,
        tellPrecheck: false,
        tellChanges: false,
        quiet: false,
        confirmHours: 12,
        deadlineHours: 0.5,
      },
    ])
    students.refuse('setPreferences', 'invalid')
    const wrong = await anna.post('/app/sport/avvisi', { confirmHours: '3', deadlineHours: '4' })
    expect(wrong.status).toBe(422)
    expect(await wrong.text()).toContain('dopo la domanda')
  })

  it('the person’s file holds the sport data, and deleting everything erases them', async () => {
    const anna = await visitor(site, 703)
    const file = await (await anna.get('/app/dati/esporta')).json<{ sport: Record<string, unknown> }>()
    expect(Object.keys(file.sport)).toEqual([
      'account',
      'preferences',
      'bookings',
      'weekly',
      'actions',
      'history',
    ])
    await anna.post('/app/dati/cancella', { sure: 'yes' })
    expect(students.calls.at(-1)).toEqual({ of: '703', call: 'deleteEverything', with: [] })
  })
})
