import { type Clock, MINUTE, romeDate, SECOND } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot, PortalReader, PortalResult, RomeMonth } from '../model.ts'
import { readAgenda, readOfficePage } from './portal-answers.ts'
import { type PortalAddress, readJson, send } from './portal-http.ts'
import { readAllOffices } from './portal-offices.ts'
import { isLoginPage, LOGIN_PATH, readToken } from './portal-pages.ts'
import { value } from './portal-result.ts'
import { cookieHeader, type PortalSession, rotateCookies } from './portal-session.ts'

/** Where a person books, and the page that holds the CSRF token. */
export const BOOKING_PATH = '/cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune'
const OFFICES_PATH = '/cittadino/a/rc/v1/appuntamento/elenca-sede-prima-disponibilita'
const AGENDA_PATH = '/cittadino/n/rc/v1/utility/elenca-agenda-appuntamenti-sede-mese'

/** The page is read at least so often: it keeps the session alive and the token fresh. */
const KEEP_ALIVE = 5 * MINUTE
/** A page that could not be read is not requested again for this long, if the known token still works. */
const PAGE_PATIENCE = 30 * SECOND
/** How often a refused request is repeated. */
const MOST_REPEATS = 2

const isRefusal = (result: PortalResult<unknown>): boolean =>
  !result.ok && result.failure.reason === 'session-expired'

/** A refusal by a status while the page opens as to a logged-in person: it says nothing of the session. */
const whilePageOpens = <Value>(result: PortalResult<Value>): PortalResult<Value> =>
  !result.ok && result.failure.evidence === 'status'
    ? { ok: false, failure: { ...result.failure, evidence: 'page' } }
    : result

/**
 * The instant to ask a month's agenda by, written as the portal writes days. Midnight UTC of a day is the same day in
 * Rome, so that the month is the same in whichever zone the portal reads it. The current month is asked from today on.
 */
export function referenceDate(month: RomeMonth, now: number): string {
  const today = romeDate(now)
  return `${today.startsWith(month) ? today : `${month}-01`}T00:00:00Z`
}

/** True when the portal shows its login page without a session: it is up and does not block us. */
export async function showsLogin(address: PortalAddress, now: number): Promise<boolean> {
  const { answer } = await send(address, { method: 'GET', path: LOGIN_PATH, cookie: '', csrf: null }, now)
  return answer.ok && isLoginPage(answer.value)
}

/** Reads the portal with one session. Requests may overlap; the next one carries `session`. */
export class PortalClient implements PortalReader {
  readonly #address: PortalAddress
  readonly #clock: Pick<Clock, 'now'>
  #session: PortalSession
  /** The page request in progress: requests that need the page share it. */
  #reading: Promise<PortalResult<null>> | null = null
  #pageReads = 0
  #pageFailedAt = Number.NEGATIVE_INFINITY

  constructor(address: PortalAddress, clock: Pick<Clock, 'now'>, session: PortalSession) {
    this.#address = address
    this.#clock = clock
    this.#session = session
  }

  /** The session as the portal left it: replaced, never changed, when cookies or token rotate. */
  get session(): PortalSession {
    return this.#session
  }

  /** Continues with the session that another run renewed. */
  replace(session: PortalSession): void {
    this.#session = session
  }

  async listOffices(province: string): Promise<PortalResult<ObservedOffice[]>> {
    return readAllOffices(async (maxResults, skipResults) => {
      const answer = await this.#post(OFFICES_PATH, {
        disponibilitaNonResidenti: false,
        minorenne: false,
        minorenneDodici: false,
        comune: { provinciaQuestura: province },
        pageInfo: { maxResults, ...(skipResults > 0 && { skipResults }) },
        sortInfo: { sortList: [{ sortDirection: 0, sortProperty: 'primaDisponibilitaResidente' }] },
      })
      return answer.ok ? readOfficePage(answer.value) : answer
    })
  }

  /**
   * The free slots of one office in one month. An answer may contain days of the neighbouring months, which are left
   * out, so that each month is complete by itself.
   */
  async readMonth(officeId: string, month: RomeMonth): Promise<PortalResult<ObservedSlot[]>> {
    const answer = await this.#post(AGENDA_PATH, {
      sede: { id: /^\d{1,15}$/.test(officeId) ? Number(officeId) : officeId, objectKey: officeId },
      dataRiferimento: referenceDate(month, this.#clock.now()),
      indietro: false,
    })
    if (!answer.ok) return answer
    const slots = readAgenda(answer.value)
    return slots.ok ? value(slots.value.filter(({ date }) => date.startsWith(month))) : slots
  }

  /** Reads the page when that is due, so that the portal keeps the session. */
  async keepAlive(): Promise<PortalResult<null>> {
    const { csrf, csrfAt } = this.#session
    const now = this.#clock.now()
    if (csrf !== null && (now - csrfAt < KEEP_ALIVE || now - this.#pageFailedAt < PAGE_PATIENCE)) {
      return value(null)
    }
    const read = await this.#readPage()
    // If the page cannot be read now, continue with the known token.
    return read.ok || csrf === null || isRefusal(read) ? read : value(null)
  }

  /**
   * Posts JSON and reads JSON. A refused request is repeated after the page was read again: the token may be stale, or
   * another request's answer renewed the cookies while this one was under way.
   */
  async #post(path: string, body: unknown): Promise<PortalResult<unknown>> {
    const alive = await this.keepAlive()
    if (!alive.ok) return alive
    for (let repeats = 0, checked = false; ; repeats++) {
      const { cookies } = this.#session
      const reads = this.#pageReads
      const result = await this.#send('POST', path, readJson, body)
      if (!isRefusal(result) || repeats === MOST_REPEATS) return result
      if (this.#session.cookies !== cookies) continue
      if (checked) return whilePageOpens(result)
      checked = true
      if (this.#pageReads > reads) continue
      const page = await this.#readPage()
      if (!page.ok) return page
    }
  }

  /** Reads the page for its token; several at once read it once. A refusal is retried once. */
  #readPage(): Promise<PortalResult<null>> {
    const read = () => this.#send('GET', BOOKING_PATH, readToken)
    this.#reading ??= (async () => {
      const first = await read()
      const token = isRefusal(first) ? await read() : first
      if (!token.ok) {
        this.#pageFailedAt = this.#clock.now()
        return token
      }
      this.#pageReads += 1
      this.#session = { ...this.#session, csrf: token.value, csrfAt: this.#clock.now() }
      return value(null)
    })().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  /** Sends a request and keeps renewed cookies. */
  async #send<Value>(
    method: 'GET' | 'POST',
    path: string,
    read: (text: string) => PortalResult<Value>,
    body?: unknown,
  ): Promise<PortalResult<Value>> {
    const { cookies, csrf } = this.#session
    const now = this.#clock.now()
    const request = { method, path, cookie: cookieHeader(cookies), csrf, body }
    const { answer, setCookie } = await send(this.#address, request, now)
    const result = answer.ok ? read(answer.value) : answer
    // Ignore cookies of an answer to outdated cookies: they belong to no session.
    const stale = isRefusal(result) && this.#session.cookies !== cookies
    if (!stale) {
      const renewed = rotateCookies(this.#session.cookies, setCookie, now)
      if (renewed !== this.#session.cookies) {
        this.#session = { ...this.#session, cookies: renewed, cookiesAt: this.#clock.now() }
      }
    }
    return result
  }
}
