import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, it } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { codeOf } from '../../src/sport/catalogue.ts'
import { visitor } from './app-kit.worker.ts'
import { account, action } from './fake-student.ts'
import { NOON } from './kit.worker.ts'
import { key, sportSite, where } from './sport-site.worker.ts'

const { site, students, reset } = sportSite()

beforeEach(reset)

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

  it('shows places as free only while the reading is recent, and marks booked classes', async () => {
    const anna = await visitor(site, 701)
    students.answer('bookings', [])
    const list = async () => (await anna.page('/app/sport/corsi')).replace(/\s+/g, ' ')
    expect(await list()).toContain('<span class="places">4 posti</span>')
    await transact(site.db, [sql`UPDATE courses SET available_places = 0 WHERE key = 'a'`])
    expect(await list()).toContain('<span class="soft">piena</span>')
    await transact(site.db, [sql`UPDATE courses SET updated_at = ${NOON - 3_600_000}, available_places = 4`])
    expect(await list()).not.toContain('class="places"')
    expect(await anna.page(`/app/sport/corsi/${code('a')}`)).toContain('4 posti (alle 11:00)')
    students.answer('bookings', [{ ...ref('PILATES', '2026-11-23', '18:00'), id: 1 }])
    expect(await list()).toContain('✓ prenotata')
    const booked = await anna.page(`/app/sport/corsi/${code('a')}`)
    expect(booked).toContain('L’hai già prenotata')
    expect(booked).not.toMatch(/value="(book|try)"/)
    expect(booked).toContain('value="weekly"')
    expect(await anna.page(`/app/sport/corsi/${code('b')}`)).not.toContain('L’hai già prenotata')
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

  it('takes four alternatives, as the chat does, and no fifth', async () => {
    const anna = await visitor(site, 701)
    students.answer('bookings', [])
    const others = ['d', 'e', 'f', 'g', 'h']
    await transact(
      site.db,
      others.map((key, index) => course(key, '2026-11-23', `19:0${index}`, key.toUpperCase())),
    )
    // The page has two forms: book once, book every week.
    const fields = (await anna.page(`/app/sport/corsi/${code('a')}`)).match(/name="alternative"/g)
    expect(fields).toHaveLength(2 * 4)
    await anna.post(`/app/sport/corsi/${code('a')}`, [
      ['do', 'book'],
      ...others.map((key): [string, string] => ['alternative', code(key)]),
    ])
    expect(students.changes()[0]?.with).toMatchObject([
      { alternatives: ['D', 'E', 'F', 'G'].map((name, index) => ref(name, '2026-11-23', `19:0${index}`)) },
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
    students.answer('account', { ...account, sharesSchedule: true })
    expect(await anna.page('/app/sport/corsi')).toContain('Aggiorna gli orari')
    expect(where(await anna.post('/app/sport/corsi', { do: 'read' }))).toEqual([
      303,
      '/app/sport/corsi?letti=1',
    ])
    expect(students.calls.some(({ call }) => call === 'refreshSchedule')).toBe(true)
  })
})

describe('reading the schedule for everybody', () => {
  const credentials = {
    do: 'link',
    username: '10701234',
    password: 'secret pass',
    otpauth: 'otpauth://totp/Polimi?secret=JBSWY3DPEHPK3PXPJBSWY3DP',
  }
  const shared = () => students.calls.filter(({ call }) => call === 'shareSchedule').map((one) => one.with)

  it('who has not agreed is asked before their account reads it', async () => {
    await transact(site.db, [sql`DELETE FROM courses`])
    const anna = await visitor(site, 701)
    const page = await anna.page('/app/sport/corsi')
    expect(page).toContain('Leggili con il mio accesso')
    expect(page).not.toContain('Aggiorna gli orari')
    await anna.post('/app/sport/corsi', { do: 'share' })
    expect(shared()).toEqual([[true]])
  })

  it.each([
    ['ticked', { share: 'yes' }, [[true]]],
    ['not ticked', {}, []],
  ])('while linking the box counts: %s', async (_, box, expected) => {
    students.answer('account', { ...account, state: 'none', sharesSchedule: null })
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/account')).toMatch(
      /<input type="checkbox" name="share" value="yes"\/>/,
    )
    await anna.post('/app/sport/account', { ...credentials, ...box })
    expect(shared()).toEqual(expected)
  })

  it('it can be changed on the page of the account', async () => {
    students.answer('account', { ...account, sharesSchedule: true })
    const anna = await visitor(site, 701)
    expect(await anna.page('/app/sport/account')).toContain('Non farlo più')
    await anna.post('/app/sport/account', { do: 'keep' })
    students.answer('account', { ...account, sharesSchedule: false })
    expect(await anna.page('/app/sport/account')).toContain('Sì, va bene')
    await anna.post('/app/sport/account', { do: 'share' })
    expect(shared()).toEqual([[false], [true]])
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
    expect(await wrong.text()).toContain('poi aspetto la risposta')
  })

  it('the person’s file holds the sport data, and deleting everything erases them', async () => {
    const anna = await visitor(site, 703)
    const file = await (await anna.get('/app/dati/esporta')).json<{ sport: Record<string, unknown> }>()
    expect(Object.keys(file.sport)).toEqual([
      'account',
      'preferences',
      'bookings',
      'weekly',
      'occurrences',
      'confirmations',
      'actions',
      'history',
    ])
    await anna.post('/app/dati/cancella', { sure: 'yes' })
    expect(students.calls.at(-1)).toEqual({ of: '703', call: 'deleteEverything', with: [] })
  })
})
