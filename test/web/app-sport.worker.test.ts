import { encode as encodePng } from 'fast-png'
import { beforeEach, describe, expect, it } from 'vitest'
import type { ConfirmationView } from '../../src/sport/student-types.ts'
import { qrPicture } from '../sport/qr-picture.ts'
import { visitor } from './app-kit.worker.ts'
import { account, action, booking, occurrence, weekly } from './fake-student.ts'
import { fieldProblem } from './field-problems.ts'
import { key, sportSite, where } from './sport-site.worker.ts'

const { site, students, reset } = sportSite()

beforeEach(reset)

const credentials = {
  do: 'link',
  username: ' 10701234 ',
  password: ' secret pass ',
  otpauth: 'otpauth://totp/Polimi?secret=JBSWY3DPEHPK3PXPJBSWY3DP',
}

/** A PNG of the QR code of a text, as authenticator apps show it. */
function pictureOf(text: string): Uint8Array<ArrayBuffer> {
  const { side, gray } = qrPicture(text, 4)
  return new Uint8Array(encodePng({ width: side, height: side, data: gray, channels: 1, depth: 8 }))
}

describe('every page that is looked at', () => {
  it.each([
    '/app/sport',
    '/app/sport/account',
    '/app/sport/prenotazioni/7',
    '/app/sport/prenotazioni/7/calendario.ics',
    '/app/sport/periodiche/3',
    '/app/sport/richieste',
    '/app/sport/richieste/12',
    '/app/sport/corsi',
    '/app/sport/calendario',
    '/app/sport/storico',
    '/app/sport/storico.csv',
    '/app/sport/avvisi',
  ])('calls the object once at most, and changes nothing: %s', async (path) => {
    const anna = await visitor(site, 701)
    students.calls.length = 0
    const response = await anna.get(path)
    expect(response.status).toBe(200)
    expect(students.calls.length).toBeLessThanOrEqual(1)
    const reading =
      /^(account|action|booking|bookings|exportCsv|history|lastActions|overview|preferences|upcoming|weekly)$/
    for (const { call } of students.calls) expect(call).toMatch(reading)
  })
})

describe('access', () => {
  it('only people on the list see the tab and the pages; no other object is ever called', async () => {
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
  it('a person without an account gets a link to connect it', async () => {
    students.answer('account', { ...account, state: 'none', means: null })
    students.answer('bookings', [])
    const anna = await visitor(site, 701)
    expect(where(await anna.get('/app/sport'))).toEqual([303, '/app/sport/account'])
    const page = await anna.page('/app/sport/account')
    expect(page).toContain('Collega il tuo account')
    // In both forms that take secrets.
    expect(page.match(/Questi dati si collegano all’account Telegram di Anna/g)).toHaveLength(2)
    expect(page).not.toContain('Scollega l’account')
  })

  it('typed values reach the object unchanged, and progress is shown', async () => {
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
    [{ username: 'a b' }, 'otto cifre'],
    [{ username: '' }, 'otto cifre'],
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
    const pasted = "curl 'https://ecomm.sportrick.com/' -H 'Cookie: ASP.NET_SessionId=abc; .AUTH=def'"
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
    expect(answers).toEqual([303, 303, 303, 429, 429])
    expect(students.changes()).toHaveLength(3)
  })

  it('of forms sent at the same moment no more reach the object than one after the other', async () => {
    const anna = await visitor(site, 701)
    const csrf = await anna.token()
    const sent = Array.from({ length: 20 }, () => anna.post('/app/sport/account', credentials, { csrf }))
    const answers = (await Promise.all(sent)).map(({ status }) => status)
    expect(students.changes().length).toBeGreaterThan(0)
    expect(students.changes().length).toBeLessThanOrEqual(4)
    expect(answers.filter((status) => status === 429).length).toBeGreaterThanOrEqual(16)
  })

  it('of 150 pages at the same moment two minutes’ worth is shown; the rest is asked to wait', async () => {
    const anna = await visitor(site, 702)
    const pages = await Promise.all(Array.from({ length: 150 }, () => anna.get('/app/preferenze')))
    expect(pages.filter(({ status }) => status === 200)).toHaveLength(120)
    const refused = pages.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(30)
    expect(await refused[0]?.text()).toContain('Troppe richieste')
  })
})

describe('the week', () => {
  it('shows bookings and planned ones, each with a link to its page', async () => {
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

  it.each([
    [
      'prenotazioni/7',
      'keep',
      'confirm',
      'È prenotata: ci vai? Rispondi entro lunedì 23 novembre, ore 16:00',
    ],
    ['periodiche/3', 'book', 'skip', 'La prenoto? Rispondi entro lunedì 23 novembre, ore 16:00'],
  ] as const)('its question is answered here too (%s, %s, %s)', async (path, kind, answer, asks) => {
    const deadline = Date.parse('2026-11-23T15:00:00Z')
    const { target } = action()
    if (target === null) throw new Error('the action has no target')
    const asked: ConfirmationView = { id: 5, kind, weeklyId: 3, status: 'asked', target, askAt: 1, deadline }
    students.answer('booking', booking({ confirmation: asked }))
    students.answer('openConfirmations', [asked])
    const status = answer === 'confirm' ? 'confirmed' : 'skipped'
    students.answer(answer, { ...asked, status })
    const anna = await visitor(site, 701)
    const shown = await anna.page(`/app/sport/${path}`)
    expect(shown).toContain(asks)
    expect(shown).toMatch(/Ci vado[\s\S]*Non ci vado/)
    const done = await anna.post(`/app/sport/${path}`, {
      do: answer === 'confirm' ? 'going' : 'not-going',
      question: '5',
    })
    expect(students.calls.filter(({ call }) => call === 'confirm' || call === 'skip')).toEqual([
      { of: '701', call: answer, with: [5] },
    ])
    expect(where(done)).toEqual([303, `/app/sport/${path}?done=${kind}-${status}`])
    expect(await anna.page(`/app/sport/${path}?done=${kind}-${status}`)).toContain(
      kind === 'keep' ? 'Confermata: buon allenamento!' : 'Va bene, non la prenoto.',
    )
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

describe('errors in a form', () => {
  it.each<[path: string, sent: Record<string, string>, field: string, text: RegExp]>([
    ['account', { ...credentials, username: 'a b' }, 'username', /spazi/],
    ['account', { ...credentials, password: '' }, 'password', /password/],
    ['account', { ...credentials, otpauth: 'non lo so' }, 'otpauth', /chiave/],
    ['account', { do: 'session', session: 'hello' }, 'session', /cookie/i],
    ['account', { do: 'unlink' }, 'sure', /./],
    ['prenotazioni/7', { do: 'cancel' }, 'sure', /./],
    ['periodiche/3', { do: 'until', date: 'x' }, 'date', /./],
    ['periodiche/3', { do: 'remove' }, 'sure', /./],
  ])('%s %o is said at the field, which gets the focus', async (path, sent, field, text) => {
    const response = await (await visitor(site, 701)).post(`/app/sport/${path}`, sent)
    expect(response.status).toBe(422)
    const page = await response.text()
    expect(fieldProblem(page)).toEqual({ field, text: expect.stringMatching(text) })
    // What is folded away cannot be seen or focused.
    expect(page.slice(0, page.indexOf('aria-invalid')).split('<details').at(-1)).toMatch(
      /^[^>]*open|<\/details>/,
    )
  })
})

describe('next steps', () => {
  const wish = {
    type: 'course' as const,
    name: 'PILATES',
    location: 'Giuriati',
    date: '2026-11-23',
    start: '18:00',
  }
  const show = async (change: Parameters<typeof action>[0]) => {
    students.answer('action', action(change))
    return (await visitor(site, 701)).page('/app/sport/richieste/12')
  }

  it('after a full class: to wait for a place, or another class', async () => {
    const page = await show({ status: 'failed', reason: 'full', wishes: [wish] })
    expect(page).toContain('Aspetta un posto')
    expect(page).toMatch(/href="\/app\/sport\/corsi"[^>]*>\s*🧘 Un’altra lezione/)
    const anna = await visitor(site, 701)
    expect(where(await anna.post('/app/sport/richieste/12', { do: 'wait' }))[0]).toBe(303)
    expect(students.changes().at(-1)).toMatchObject({
      call: 'book',
      with: [{ wish, alternatives: [], when: 'now', watchUntil: Date.parse('2026-11-23T16:00:00Z') }],
    })
  })

  it('after a booking: its page, where it is cancelled', async () => {
    const page = await show({ status: 'completed', booking: booking() })
    expect(page).toMatch(/href="\/app\/sport\/prenotazioni\/7"[^>]*>\s*❌ Annulla/)
    expect(page).not.toContain('Aspetta un posto')
  })

  it('after a refused login: to link again; nothing else', async () => {
    const page = await show({ kind: 'link', status: 'failed', reason: 'bad-credentials', target: null })
    expect(page).toMatch(/href="\/app\/sport\/account"[^>]*>\s*🔑 Collega di nuovo/)
    expect(page).not.toContain('Un’altra lezione')
  })

  it('waiting for a place of a booking that did not fail asks for nothing', async () => {
    students.answer('action', action({ status: 'completed', booking: booking() }))
    await (await visitor(site, 701)).post('/app/sport/richieste/12', { do: 'wait' })
    expect(students.changes()).toEqual([])
  })

  it.each(['skipped', 'until'])('a skip is taken back where it was made (%s)', async (done) => {
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/periodiche/3')).not.toContain('value="resume"')
    expect(await anna.page(`/app/sport/periodiche/3?done=${done}`)).toMatch(
      /value="resume"[^>]*>\s*Non saltare più/,
    )
  })
})
