import type { Clock, RomeDate, RomeTime } from '../../../src/platform/time.ts'

/** The portal's addresses that the simulator serves, by a short name. */
export type Endpoint = 'page' | 'offices' | 'agenda' | 'town' | 'login'

/** How the portal shows that a session is over. */
export type ExpiryShape = '403' | '401' | 'redirect' | 'html'

/** How the portal answers everybody during an outage: a maintenance page, a firewall's 403, or a redirect to the login. */
export type OutageShape = 'page' | '403' | 'login'

/** What can go wrong with one answer. */
export type FaultKind =
  | 'forbidden'
  | 'unauthorized'
  | 'login'
  | 'html'
  /** A logged-in page with its token in place of data. */
  | 'token-page'
  | 'too-many'
  | 'server-error'
  /** The answer comes after `ms`. */
  | 'slow'
  /** Nothing ever comes. */
  | 'hang'
  | 'broken-json'
  /** The connection ends in the middle of the body. */
  | 'cut'
  /** Half of a page of offices is left out; `totalCount` still tells how many there are. */
  | 'truncated'
  | 'empty'
  | 'wrong-types'

export interface Fault {
  kind: FaultKind
  /** Only answers of this endpoint; default: offices and agenda. */
  endpoint?: Endpoint
  /** Only answers about this province (two letters). */
  province?: string
  /** Only answers about this office. */
  officeId?: string
  /** How many answers it spoils; default: until cleared. */
  times?: number
  /** Share of the answers that it spoils, 0 to 1, by the simulator's seed; default: all. */
  probability?: number
  /** Of `slow`, ms; default 1,000. */
  ms?: number
  /** Of `too-many`: the `Retry-After` header; default none. */
  retryAfter?: string
}

export interface OfficeSeed {
  province: string
  id?: number
  name?: string
  address?: string
  city?: string
  /** Rome time as the portal writes it, `09.00`, or empty. */
  hour?: string
  /** HTML that citizens are shown. */
  notes?: string
  /** Whether its slots tell `totAppuntamentiPresi`; default: every other office does. */
  tellsTaken?: boolean
}

export interface Office extends Required<Omit<OfficeSeed, 'id'>> {
  id: number
  code: string
  cap: string
}

export interface Slot {
  date: RomeDate
  time: RomeTime
  /** Places that the office offers at that hour, and how many of them are taken. */
  total: number
  taken: number
}

/** The truth about slots: places freed or taken, at an instant (epoch ms) of the simulator's clock. */
export interface SlotChange {
  at: number
  kind: 'freed' | 'taken'
  province: string
  officeId: string
  date: RomeDate
  time: RomeTime
  /** Free places after it. */
  free: number
}

export interface SeenRequest {
  at: number
  endpoint: Endpoint | 'unknown'
  status: number
  province?: string
  officeId?: string
  /** The month asked for, `YYYY-MM`. */
  month?: string
  skip?: number
  fault?: FaultKind
  /** Number of the session it came with. */
  session?: number
}

/** A session as a person hands it over from a browser. */
export interface IssuedSession {
  number: number
  /** The `Cookie` header. */
  cookie: string
  csrf: string
  /** "Copy as cURL" as Chrome writes it for that shell. */
  asCurl: { bash: string; windows: string }
}

export interface PortalOptions {
  clock?: Clock
  port?: number
  /** Of names, slots and probable faults; default 1. */
  seed?: number
  /** Two-letter codes; default: all 107. */
  provinces?: string[]
  /** Offices of each province; default 3. 0: add your own. */
  officesEach?: number
  /** A session unused for so long is over, ms; default: never. */
  idleMs?: number
  /** How an expired or unknown session is answered unless `expireSession` said otherwise; default `redirect`. */
  expiry?: ExpiryShape
  /** Renews `JSESSIONID` after so many requests of a session; default: only by `rotate`. */
  rotateEvery?: number
  /** How long a renewed session's old cookie is still taken, ms; default 5,000. */
  graceMs?: number
  /** Most offices on one page, whatever was asked; default 1,000. */
  pageCap?: number
  /** Leaves `pageInfo` out of answers and ignores that of requests. */
  ignorePaging?: boolean
  /** Delay of every answer, ms. */
  delayMs?: number
}

/** What a test does to the portal; every method can also be called from another process (remote.ts). */
export interface PortalControls {
  offices(province?: string): Office[]
  addOffice(seed: OfficeSeed): Office
  removeOffice(officeId: string): void
  setHour(officeId: string, hour: string): void
  slots(officeId: string): Slot[]
  freeSlot(officeId: string, date: RomeDate, time: RomeTime, places?: number): void
  /** Takes places of a slot; default all. */
  takeSlot(officeId: string, date: RomeDate, time: RomeTime, places?: number): void
  /** Frees or takes something at random, `count` times. */
  shuffle(count: number): void
  /** Frees and takes at random from now on; an earlier random run ends. */
  runRandomly(pace: { seed?: number; ratePerMinute: number; provinces?: string[] }): void
  stopRandomly(): void
  issueSession(): IssuedSession
  /** Ends a session (by number), or all; they are answered in that shape from now on. */
  expireSession(shape?: ExpiryShape, session?: number): void
  /** Renews the cookies of every session at its next request, and the CSRF token too unless told not to. */
  rotate(options?: { csrf?: boolean }): void
  /** Begins an outage that everybody sees, or ends it (null). Sessions outlive it. */
  outage(shape: OutageShape | null): void
  /** Hides the slots of an office, as its nightly reset does, or shows them again. Nothing is taken or freed by it. */
  hideSlots(officeId: string, hidden: boolean): void
  fault(fault: Fault): void
  clearFaults(): void
  /** Moves the simulator's clock on, ms. */
  advance(ms: number): void
  now(): number
  slotChanges(): SlotChange[]
  requests(): SeenRequest[]
  /** Requests by minute (epoch minutes of the simulator's clock). */
  requestsPerMinute(): Record<string, number>
  forgetRequests(): void
  /** No slots, faults, sessions or ledger; the offices as they were at the start. */
  reset(): void
}

export interface PortalSimulator extends PortalControls {
  /** What `PORTAL_ORIGIN` should be. */
  origin: string
  /** Where another process calls the controls. */
  control: string
  close(): Promise<void>
}
