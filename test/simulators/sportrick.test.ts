import { parse } from 'node-html-parser'
import { URI } from 'otpauth'
import { afterEach, describe, expect, test } from 'vitest'
import { addDays, dayOfWeek, romeDate, romeInstant } from '../../src/platform/time.ts'
import { COURSES, FIT_CENTER } from './sportrick/catalogue.ts'
import {
  type SportrickOptions,
  type SportrickSimulator,
  startSportrickSimulator,
} from './sportrick/simulator.ts'

const running: SportrickSimulator[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.close()))
})

async function start(options?: SportrickOptions): Promise<SportrickSimulator> {
  const simulator = await startSportrickSimulator(options)
  running.push(simulator)
  return simulator
}

const cookieHeader = (cookies: Record<string, string>) =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join('; ')

/** A tiny browser without scripts: cookies, forms, no redirects of its own. */
function visitor(cookies: Record<string, string> = {}) {
  const ask = async (url: string, form?: Record<string, string>) => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: cookieHeader(cookies), 'x-requested-with': 'XMLHttpRequest' },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    })
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]?.split('=') ?? []
      cookies[name] = value
    }
    return { response, text: await response.text() }
  }
  return { cookies, ask }
}

const member = (simulator: SportrickSimulator, username = simulator.demo.username) =>
  visitor(simulator.issueSession(username))

const formOf = (html: string, url: string) => {
  const form = parse(html).querySelectorAll('form').at(-1)
  const fields = (form?.querySelectorAll('input[type=hidden]') ?? []).map((input) => [
    input.getAttribute('name') ?? '',
    input.getAttribute('value') ?? '',
  ])
  return {
    action: new URL(form?.getAttribute('action') ?? '', url).href,
    fields: Object.fromEntries(fields) as Record<string, string>,
  }
}

/** Walks to the page that asks for the one-time code. */
async function toCodePage(simulator: SportrickSimulator, password = simulator.demo.password) {
  const guest = visitor()
  const loginUrl = `${simulator.base}/Account/Login?returnUrl=%2Fsportpolimi%2F`
  const enter = formOf((await guest.ask(loginUrl)).text, loginUrl)
  const sent = await guest.ask(enter.action, enter.fields)
  const ssoUrl = sent.response.headers.get('location') ?? ''
  const credentials = formOf((await guest.ask(ssoUrl)).text, ssoUrl)
  const { text } = await guest.ask(credentials.action, {
    login: simulator.demo.username,
    password,
    evn_conferma: 'S',
  })
  return { guest, text, page: () => formOf(text, credentials.action) }
}

const codeNow = (simulator: SportrickSimulator) =>
  (URI.parse(simulator.demo.otpauth) as { generate(at: { timestamp: number }): string }).generate({
    timestamp: simulator.now(),
  })

/** A Monday far enough that nothing has happened yet. */
const monday = (() => {
  let date = addDays(romeDate(Date.now()), 7)
  while (dayOfWeek(date) !== 1) date = addDays(date, 1)
  return date
})()
const YOGA = { date: monday, start: '08:30', course: 'YOGA' }

const scheduleForm = (activityID: string, currentDate = monday) => ({
  currentDate,
  activityID,
  skillID: '0',
  activityFlags: 'Classes',
  getForCatchUp: 'false',
})

describe('the simulated login', () => {
  test('sends everybody without a session to the login, with the way back', async () => {
    const simulator = await start()
    const { response } = await visitor().ask(`${simulator.base}/Booking?x=1`)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe(
      '/sportpolimi/Account/Login?returnUrl=%2Fsportpolimi%2FBooking%3Fx%3D1',
    )
  })

  test('goes by password, code and two self-submitting pages to a session with expiring HttpOnly cookies', async () => {
    const simulator = await start()
    const { guest, page } = await toCodePage(simulator)
    const { action, fields } = page()
    let { text } = await guest.ask(action, { ...fields, otp: codeNow(simulator) })
    let here = action
    let last: Response | undefined
    for (let hop = 0; hop < 2; hop++) {
      expect(text).toContain('document.forms[0].submit()')
      const next = formOf(text, here)
      expect(Object.keys(next.fields)).toEqual(['RelayState', 'SAMLResponse'])
      here = next.action
      const answer = await guest.ask(next.action, next.fields)
      text = answer.text
      last = answer.response
    }
    expect(last?.headers.get('set-cookie')).toMatch(/^\.ASPXAUTH_SOCIALBOOKING=.*Max-Age=259200.*HttpOnly/)
    expect((await guest.ask(`${simulator.base}/`)).text).toContain('id="home_btt_booking"')
  })

  test('accepts each code once', async () => {
    const simulator = await start()
    const code = codeNow(simulator)
    for (const expected of ['SAMLResponse', 'id="otp"']) {
      const { guest, page } = await toCodePage(simulator)
      const { action, fields } = page()
      expect((await guest.ask(action, { ...fields, otp: code })).text).toContain(expected)
    }
    expect(
      simulator
        .ledger()
        .logins.filter(({ step }) => step === 'otp')
        .map(({ outcome }) => outcome),
    ).toEqual(['accepted', 'reused'])
  })

  test('locks an account after some wrong passwords', async () => {
    const simulator = await start({ maxLoginTries: 2 })
    expect((await toCodePage(simulator, 'wrong')).text).toContain('Identificazione fallita')
    await toCodePage(simulator, 'wrong')
    expect((await toCodePage(simulator)).text).toContain('bloccata')
  })

  test('forgets a session when its time is over', async () => {
    const simulator = await start({ sessionHours: 2 })
    const student = member(simulator)
    simulator.advance(3 * 3_600_000)
    expect((await student.ask(`${simulator.base}/`)).response.status).toBe(302)
  })
})

describe('the simulated site', () => {
  test('answers the schedule with ids as bare numbers that JavaScript would damage', async () => {
    const simulator = await start()
    const student = member(simulator)
    const { text } = await student.ask(
      `${simulator.base}/Booking/GetActivitySchedule`,
      scheduleForm(COURSES.activityId),
    )
    const ids = [...text.matchAll(/"AppointmentId":(\d{18})\b/g)].map(([, id]) => id)
    expect(ids).toEqual(
      simulator
        .classes(monday)
        .filter(({ course }) => course)
        .map(({ appointmentId }) => appointmentId),
    )
    expect(new Set(ids.map(Number)).size).toBeLessThan(ids.length)
    const { status, data } = JSON.parse(text)
    expect(status).toBe('OK')
    expect(data[0]).toMatchObject({
      Status: 'Disabled',
      TimeStart: '08:30:00',
      StartDateTime: `${monday}T08:30:00`,
      SkillName: 'YOGA',
    })
  })

  test('has a week of 19 courses and 45 to 50 Fit Center slots', async () => {
    const simulator = await start()
    const week = [0, 1, 2, 3, 4, 5, 6].flatMap((day) => simulator.classes(addDays(monday, day)))
    const fit = week.filter(({ activityId }) => activityId === FIT_CENTER.activityId)
    expect(week.length - fit.length).toBe(19)
    expect(fit.length).toBeGreaterThanOrEqual(45)
    expect(fit.length).toBeLessThanOrEqual(50)
  })

  test('opens a class at midnight in Rome two days before, to the millisecond', async () => {
    const opensAt = romeInstant(addDays(monday, -2), '00:00')
    let now = opensAt - 1
    const simulator = await start({ clock: { now: () => now, sleep: async () => undefined } })
    expect(simulator.bookFor(simulator.demo.username, YOGA)).toBe('not-open-yet')
    now = opensAt
    expect(simulator.bookFor(simulator.demo.username, YOGA)).toBe('accepted')
    expect(simulator.ledger().bookings.map(({ afterOpeningMs }) => afterOpeningMs)).toEqual([-1, 0])
  })

  test('gives the places to the first requests', async () => {
    let now = 1_760_000_000_000
    const simulator = await start({ clock: { now: () => now, sleep: async () => undefined } })
    const date = addDays(romeDate(now), 7 + ((8 - dayOfWeek(romeDate(now))) % 7))
    const yoga = { ...YOGA, date }
    simulator.setClass(yoga, { opensAt: now, rivals: { count: 200, firstMs: 50, lastMs: 10_000 } })
    now += 900
    expect(simulator.setClass(yoga, {}).taken).toBe(18)
    expect(simulator.bookFor(simulator.demo.username, yoga)).toBe('accepted')
    now += 5_000
    const view = simulator.setClass(yoga, {})
    expect([view.taken, view.capacity, view.students]).toEqual([20, 20, [simulator.demo.username]])
    simulator.addStudent({ ...simulator.demo, username: '2' })
    expect(simulator.bookFor('2', yoga)).toBe('full')
  })

  test('books and refuses through the site’s own request, and says why', async () => {
    const simulator = await start()
    const student = member(simulator)
    const { appointmentId } = simulator.setClass(YOGA, { opensAt: 0 })
    const book = async () =>
      JSON.parse(
        (await student.ask(`${simulator.base}/Booking/BookAppointment`, { appointmentID: appointmentId }))
          .text,
      )
    expect(await book()).toMatchObject({ status: 'OK', canBookAgain: true })
    expect(await book()).toMatchObject({ status: 'ERROR', message: expect.stringContaining('già') })
    const page = parse((await student.ask(`${simulator.base}/Booking`)).text)
    const card = page.querySelector('#event-repository .event-main-block')
    expect(card?.querySelector('.event-info-schedule')?.textContent).toMatch(/^\d\d\/\d\d\/\d{4}$/)
    expect(card?.querySelector('.time-start')?.textContent).toBe('08:30')
    expect(card?.querySelector('.time-duration')?.textContent).toBe('55 min')
    expect(card?.querySelector('.event-info-skill-level')?.textContent).toBe('YOGA')
    expect(card?.querySelector('button.btn-delete')).not.toBeNull()
  })

  test('takes no cancellation from a plain request without the page’s token', async () => {
    const simulator = await start()
    const student = member(simulator)
    const { appointmentId } = simulator.setClass(YOGA, { opensAt: 0 })
    simulator.bookFor(simulator.demo.username, YOGA)
    const { response } = await student.ask(`${simulator.base}/Booking/Agenda`, { key: appointmentId })
    expect(response.status).toBe(500)
    expect(simulator.setClass(YOGA, {}).students).toEqual([simulator.demo.username])
  })

  test('shows its own clock in the Date header', async () => {
    const simulator = await start({ serverClockOffsetMs: 3_600_000 })
    const { response } = await visitor().ask(`${simulator.base}/Account/Login`)
    const ahead = Date.parse(response.headers.get('date') ?? '') - Date.now()
    expect(Math.round(ahead / 60_000)).toBe(60)
  })
})
