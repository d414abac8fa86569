import { OBJECT_GB, OPERATIONS_A_MESSAGE } from '../../src/ops/usage.ts'
import {
  type Bill,
  beyondFree,
  billOf,
  type Meter,
  meters,
  prices,
  type Usage,
} from '../../src/platform/prices.ts'
import type { Unit, Units } from './units.ts'

/** People's behaviour: the assumptions behind the figures. */
export interface Habits {
  /** Seconds between two readings of a province. */
  interval: number
  provincesEach: number
  /** Alerts a day of one province, each edited later. */
  alertsADay: number
  /** Messages and presses a day of one person; requests of pages, the map's own updates included. */
  updatesADay: number
  pagesADay: number
  /** The share of people who book sport; bookings a week, and how many of them are cancelled; logins a week. */
  students: number
  bookingsAWeek: number
  givenBack: number
  loginsAWeek: number
}

export const habits: Habits = {
  interval: 20,
  provincesEach: 1.2,
  alertsADay: 8,
  updatesADay: 2,
  pagesADay: 10,
  students: 0.1,
  bookingsAWeek: 3,
  givenBack: 0.2,
  loginsAWeek: 2,
}

const PROVINCES = 107
const DAYS = 30
const MINUTES = 1_440
const HOURS = 24

/** Provinces that somebody follows when people choose evenly: more than in life, where many choose the same. */
export const followed = (users: number, { provincesEach }: Habits): number =>
  Math.round(PROVINCES * (1 - (1 - 1 / PROVINCES) ** (users * provincesEach)))

/** The use of a day for a number of people. */
export function dayOf(users: number, units: Units, given: Habits): Usage {
  const provinces = followed(users, given)
  const readings = (86_400 / given.interval) * provinces
  const messages = users * given.provincesEach * given.alertsADay
  const students = users * given.students
  const bookings = (students * given.bookingsAWeek) / 7
  const parts: [unit: Unit, times: number][] = [
    [units.tick, MINUTES],
    [units.idle, MINUTES],
    [units.reading, readings],
    [units.alert, messages],
    [units.edit, messages],
    [units.pruned, messages],
    [units.update, users * given.updatesADay],
    [units.page, users * given.pagesADay],
    [units.booking, bookings],
    [units.look, students * HOURS],
    [units.cancellation, bookings * given.givenBack],
    [units.login, (students * given.loginsAWeek) / 7],
  ]
  return { ...usageOf(parts), storedGb: (messages * DAYS * units.bytesAMessage) / 1e9 }
}

/** The use of a number of units, as items of the price list. */
function usageOf(parts: readonly [unit: Unit, times: number][]): Usage {
  const sum = (of: keyof Unit) => parts.reduce((total, [unit, times]) => total + unit[of] * times, 0)
  return {
    requests: sum('requests'),
    cpuMs: sum('cpuMs'),
    rowsRead: sum('rowsRead'),
    rowsWritten: sum('rowsWritten'),
    storedGb: 0,
    queueOperations: sum('messages') * OPERATIONS_A_MESSAGE,
    objectRequests: sum('objectRequests'),
    objectGbSeconds: (sum('objectMs') / 1_000) * OBJECT_GB,
    browserHours: sum('browserMs') / 3_600_000,
  }
}

/** Requests and queries that one run may make on the free plan. */
const FREE_SUBREQUESTS = 50

/** How many of one unit a day of the free plan allows if nothing else happens. */
export interface FreeRoom {
  aDay: number
  /** The limit that is reached first. */
  limit: Meter
}

export function freeRoom(parts: readonly Unit[]): FreeRoom {
  const each = usageOf(parts.map((unit) => [unit, 1]))
  return meters
    .flatMap((limit): FreeRoom[] => {
      const { freeADay } = prices[limit]
      return freeADay === null || each[limit] === 0
        ? []
        : [{ aDay: Math.floor(freeADay / each[limit] + 1e-6), limit }]
    })
    .reduce((least, room) => (room.aDay < least.aDay ? room : least))
}

/** Provinces that one run of the free plan's cron can read at an interval (s). */
export const freeProvinces = ({ portalRequests, queries, tickQueries }: Units, interval: number): number =>
  Math.floor((FREE_SUBREQUESTS - tickQueries) / ((60 / interval) * (portalRequests + queries)))

/** The figures for a number of people. */
export interface Forecast {
  users: number
  provinces: number
  day: Usage
  bill: Bill
  /** Limits of the free plan that a day passes. */
  beyondFree: Meter[]
  /** Requests to the portal and transactions in one tick of the cron, which must not pass a Worker's limits. */
  subrequestsATick: number
}

export function forecast(users: number, units: Units, given: Habits = habits): Forecast {
  const day = dayOf(users, units, given)
  const month = Object.fromEntries(
    Object.entries(day).map(([meter, used]) => [meter, meter === 'storedGb' ? used : used * DAYS]),
  ) as unknown as Usage
  const provinces = followed(users, given)
  const readingsATick = (60 / given.interval) * provinces
  return {
    users,
    provinces,
    day,
    bill: billOf(month),
    beyondFree: beyondFree(day),
    subrequestsATick: Math.round(units.tickQueries + readingsATick * (units.portalRequests + units.queries)),
  }
}
