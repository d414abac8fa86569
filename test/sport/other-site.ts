import { addDays, dayOfWeek, italianDate, romeInstant } from '../../src/platform/time.ts'

/*
 * A second booking site of the same platform, written without a look at our simulator: other words, other markup,
 * other formats, lists that lag, classes that appear late. Parsing that relies on the simulator's habits fails here.
 */

/** A class of the other site. */
export interface OtherClass {
  id: string
  /** As a person reads it. */
  name: string
  date: string
  start: string
  end: string
  places: number
  taken: number
  /** Epoch ms. */
  opensAt: number
  /** Not on the schedule before this instant. */
  appearsAt: number
  bookedAt: number | null
}

const ACTIVITY = { id: '198765432109876543', name: "Giuriati - Attivita' & Corsi" }

const withEntities = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll("'", '&#39;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** `08:30` as this site writes it: `8.30`. */
const dotted = (time: string) => time.replace(/^0/, '').replace(':', '.')

export interface OtherSiteHabits {
  /** How long the list of bookings takes to show a booking, ms. */
  lagMs?: number
  /** Sentences of rejections. */
  says?: Partial<Record<'full' | 'early' | 'mine', string>>
  /** Whether an answer says why in `errorMessage`, without a status. */
  statusless?: boolean
}

export class OtherSite {
  readonly classes: OtherClass[] = []
  /** Instants of booking requests, by class. */
  readonly asked: { at: number; id: string; answer: string }[] = []
  readonly #now: () => number
  readonly #habits: OtherSiteHabits

  constructor(now: () => number, habits: OtherSiteHabits = {}) {
    this.#now = now
    this.#habits = habits
  }

  add(name: string, date: string, start: string, change: Partial<OtherClass> = {}): OtherClass {
    const made = {
      id: String(901234567890123000n + BigInt(this.classes.length) * 3n),
      name,
      date,
      start,
      end: `${String(Number(start.slice(0, 2)) + 1).padStart(2, '0')}${start.slice(2)}`,
      places: 12,
      taken: 0,
      opensAt: romeInstant(addDays(date, -2), '00:00'),
      appearsAt: 0,
      bookedAt: null,
      ...change,
    }
    this.classes.push(made)
    return made
  }

  readonly fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const { pathname, origin } = new URL(request.url)
    const path = pathname.replace(/^\/othergym/i, '').toLowerCase()
    const headers = { date: new Date(this.#now()).toUTCString(), 'content-type': 'text/html' }
    if (!/gymsession=/.test(request.headers.get('cookie') ?? ''))
      return Response.redirect(`${origin}/othergym/Account/Login?ReturnUrl=%2Fothergym%2FBooking`, 302)
    const form = request.method === 'POST' ? await request.formData() : new FormData()
    const say = (body: string, type = 'text/html') =>
      new Response(body, { headers: { ...headers, 'content-type': type } })
    switch (path) {
      case '/booking':
        return say(this.#list())
      case '/booking/chooseactivity':
        return say(
          `<HTML><body><ul><li><A CLASS='tile' HREF='/othergym/booking/bookactivity?activityFlags=Classes&#38;ACTIVITYID=${ACTIVITY.id}'><i></i><b>${withEntities(ACTIVITY.name)}</b></A></li></ul></body></HTML>`,
        )
      case '/booking/getactivityschedule':
        return say(this.#schedule(String(form.get('currentDate'))), 'text/plain')
      case '/booking/bookappointment':
        return say(this.#book(String(form.get('appointmentID'))), 'text/plain')
      default:
        return say('<html><body>Welcome</body></html>')
    }
  }

  #list(): string {
    const shown = this.classes.filter(
      ({ bookedAt }) => bookedAt !== null && bookedAt + (this.#habits.lagMs ?? 0) <= this.#now(),
    )
    const cards = shown.map(
      (one) => `<article data-n='1' class="card event-main-block"><header class='event-info-schedule'>
        <span>${dayOfWeek(one.date)}&#176; giorno</span>&nbsp;<time>${italianDate(one.date)}</time></header>
        <p><em class="time-start big">ore&nbsp;${dotted(one.start)}</em> <em class="time-duration">1 h</em></p>
        <section class="event-info-description">${withEntities(ACTIVITY.name)}</section>
        <section class="event-info-skill-level"><strong>${withEntities(one.name)}</strong></section></article>`,
    )
    return `<!DOCTYPE html><html><body class=x><nav><a class="btn_nuovaprenotazione" href=#>Prenota</a></nav>
      <div class="panel"><div class="inner" id='event-repository'>${cards.join('<hr>')}</div></div></body></html>`
  }

  #schedule(date: string): string {
    const shown = this.classes.filter((one) => one.date === date && one.appearsAt <= this.#now())
    const rows = shown.map((one) => {
      const free = Math.max(0, one.places - one.taken - (one.bookedAt === null ? 0 : 1))
      const open = this.#now() >= one.opensAt
      const status = one.bookedAt !== null ? 'AlreadyBooked' : !open ? 'NOT_AVAILABLE' : 'Available'
      return {
        appointmentid: one.id,
        status,
        timestart: dotted(one.start),
        timeduration: '1 ora',
        startdatetime: `${italianDate(one.date)} ${dotted(one.start)}`,
        enddatetime: '0001-01-01T00:00:00',
        eventname: withEntities(ACTIVITY.name),
        eventdescription: withEntities(`${ACTIVITY.name} - ${one.name}`),
        eventdescription2: 'con &quot;Nome Cognome&quot;',
        eventdescription3: free === 0 ? 'Completo' : `${free} posti su ${one.places}`,
        // Blue although nobody can book it: only the note says so.
        notes: free === 0 ? '<i>Mettiti in lista d&#39;attesa</i>' : '',
      }
    })
    return JSON.stringify({ status: 'ok', data: { mattina: rows, sera: [] } })
  }

  #book(id: string): string {
    const one = this.classes.find((each) => each.id === id)
    const now = this.#now()
    const { says = {}, statusless = false } = this.#habits
    const answer = !one
      ? 'gone'
      : one.bookedAt !== null
        ? 'mine'
        : now < one.opensAt
          ? 'early'
          : one.taken >= one.places
            ? 'full'
            : 'ok'
    this.asked.push({ at: now, id, answer })
    if (answer === 'ok' && one) {
      one.bookedAt = now
      return JSON.stringify({ success: true, message: '', URL: null })
    }
    const words = {
      full: says.full ?? '<p>Ci dispiace,</p><p>non c&#39;&egrave; pi&ugrave; disponibilit&agrave;.</p>',
      early: says.early ?? 'Adesioni non consentite: torna pi&ugrave; tardi.',
      mine: says.mine ?? 'La tua presenza risulta gi&agrave; registrata per questo turno.',
      gone: 'Turno inesistente',
      ok: '',
    }[answer]
    return statusless
      ? JSON.stringify({ Success: false, errorMessage: words })
      : JSON.stringify({ Status: 'KO', Message: words })
  }
}

export const OTHER_BASE = 'https://gym.example/OtherGym'
