import { env } from 'cloudflare:workers'
import { type BrowserWorker, launch } from '@cloudflare/playwright'
import { inject } from 'vitest'
import {
  addDays,
  type Clock,
  dayOfWeek,
  type RomeDate,
  romeDate,
  systemClock,
} from '../../src/platform/time.ts'
import { createSportSite, type SportSiteOptions } from '../../src/sport/site/site-client.ts'
import type {
  Activity,
  ClassSlot,
  SiteResult,
  SiteSession,
  SportSite,
} from '../../src/sport/site/site-model.ts'
import type { SportrickOptions } from '../simulators/sportrick/model.ts'
import { type RemoteSportrick, startRemoteSimulator } from '../simulators/sportrick/remote.ts'

export const { BROWSER } = env as unknown as { BROWSER: BrowserWorker }

export const COURSES: Activity = {
  activityId: '245765508040862208',
  name: 'Giuriati - Corsi Platinum',
}
export const FIT_CENTER: Activity = {
  activityId: '245765508040862347',
  name: 'Giuriati - Fit Center',
}

/** The next day of the week (1 = Monday … 7 = Sunday), from tomorrow on. */
export function nextDay(day: number, from = Date.now()): RomeDate {
  let date = addDays(romeDate(from), 1)
  while (dayOfWeek(date) !== day) date = addDays(date, 1)
  return date
}

/** The Monday YOGA of 08:30: open for booking whatever the day of the test. */
export const YOGA = { date: nextDay(1), start: '08:30', course: 'YOGA' } as const

export const simulate = (options?: SportrickOptions): Promise<RemoteSportrick> =>
  startRemoteSimulator(inject('sportrickFactory'), options)

/** Limits for tests in which something never comes; a step that does come takes less on a busy machine too. */
export const IMPATIENT = { requestTimeoutMs: 3_000, stepTimeoutMs: 15_000 }

/** The client under test. It waits longer than the real one: a page takes a busy machine many seconds. */
export const siteOf = (sportrick: RemoteSportrick, options: Partial<SportSiteOptions> = {}): SportSite =>
  createSportSite({
    base: sportrick.base,
    fetch: (...args) => fetch(...args),
    clock: systemClock,
    launchBrowser: () => launch(BROWSER),
    requestTimeoutMs: 30_000,
    stepTimeoutMs: 60_000,
    browserTimeoutMs: 200_000,
    ...options,
  })

export const sessionOf = async (
  sportrick: RemoteSportrick,
  username = sportrick.demo.username,
): Promise<SiteSession> => ({ cookies: await sportrick.issueSession(username), obtainedAt: Date.now() })

/** The value of a step that must have worked. */
export function must<Value>(result: SiteResult<Value>): Value {
  if (result.ok) return result.value
  const { reason, detail } = result.failure
  throw new Error(`${reason}: ${detail}`)
}

export const reasonOf = (result: SiteResult<unknown>): string => (result.ok ? 'ok' : result.failure.reason)

/** The YOGA class as the schedule shows it, opened for booking a minute ago. */
export async function openYoga(sportrick: RemoteSportrick, session: SiteSession): Promise<ClassSlot> {
  await sportrick.setClass(YOGA, { opensAt: Date.now() - 60_000 })
  const { slots } = must(await siteOf(sportrick).schedule(session, COURSES, YOGA.date))
  const slot = slots.find(({ start, name }) => start === YOGA.start && name === YOGA.course)
  if (!slot) throw new Error('the schedule has no YOGA')
  return slot
}

/** A clock that a test sets: sleeping moves it on at once, and tells `moved` by how much. */
export function quickClock(moved: (ms: number) => Promise<void>): Clock {
  let shift = 0
  return {
    now: () => Date.now() + shift,
    sleep: async (ms) => {
      if (ms <= 0) return
      shift += ms
      await moved(ms)
    },
  }
}
