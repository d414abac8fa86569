import { describeError, log } from '../../platform/log.ts'
import type { ObservedOffice, ObservedSlot, PortalFailure, PortalReader, PortalResult } from '../model.ts'
import type { Limit } from '../portal/portal-concurrency.ts'
import type { Agenda, KnownOffice, Observation } from '../rules/known-office.ts'
import { monthOf, monthsToRead } from '../rules/months.ts'
import { mayBeReset } from '../rules/reset.ts'

/** The portal as one round asks it. */
export interface Portal {
  reader: PortalReader
  limit: Limit
  /** No session is left: the round makes no further request. */
  paused: boolean
  /** True when the tick allows no further request: see `TickBudget`. */
  usedUp(): boolean
}

const NO_SESSION: PortalFailure = { reason: 'no-session', detail: 'no portal session is left' }

/** What one round read about a province. */
export interface ProvinceReading {
  /** Null: the list of offices could not be read. */
  observation: Observation | null
  failures: PortalFailure[]
  /** Agenda requests that succeeded. */
  monthsRead: number
  requests: number
  /** The tick's budget was used up before the reading was complete: the reading is discarded. */
  abandoned: boolean
}

/** After these the province's other requests would fail too: they wait for the next round. */
const ENDS_READING = new Set<PortalFailure['reason']>(['rate-limited', 'no-session', 'session-expired'])

/** Reads a province: its list of offices, then the agendas of those with something free. Never throws. */
export async function readProvince(
  portal: Portal,
  province: {
    code: string
    offices: readonly KnownOffice[]
    round: number
    /** How many months ahead offices were seen to offer slots, by id; what is missing is unknown. */
    horizons: Readonly<Record<string, number>>
  },
  now: number,
): Promise<ProvinceReading> {
  const { reader } = portal
  const reading: ProvinceReading = {
    observation: null,
    failures: [],
    monthsRead: 0,
    requests: 0,
    abandoned: false,
  }
  let ended = false

  const fail = (failure: PortalFailure) => {
    if (failure.reason === 'no-session') portal.paused = true
    ended ||= ENDS_READING.has(failure.reason)
    reading.failures.push(failure)
    return undefined
  }

  /** Makes a request when the limit allows it; undefined: it failed, or was pointless. */
  const ask = <Value>(request: () => Promise<PortalResult<Value>>): Promise<Value | undefined> =>
    portal.limit(async () => {
      if (ended || reading.abandoned) return undefined
      if (portal.paused) return fail(NO_SESSION)
      if (portal.usedUp()) {
        reading.abandoned = true
        return undefined
      }
      reading.requests++
      try {
        const result = await request()
        return result.ok ? result.value : fail(result.failure)
      } catch (error) {
        log('error', 'portal-reader-threw', { province: province.code, error: describeError(error) })
        return fail({ reason: 'unavailable', detail: 'the reader threw' })
      }
    })

  const readAgenda = async (office: ObservedOffice & { firstDate: string }): Promise<Agenda> => {
    const known = province.offices.find((one) => one.id === office.id)
    const slotsToFollow = [...(known?.slots ?? []), ...(known && mayBeReset(known) ? known.vanished : [])]
    const openMonths = slotsToFollow.map((slot) => monthOf(slot.date))
    const horizon = province.horizons[office.id]
    const plan = { firstDate: office.firstDate, openMonths, round: province.round, horizon, now }
    const counts = new Map<string, number>()
    const slots: ObservedSlot[] = []
    for (;;) {
      const months = monthsToRead(plan, counts)
      if (months.length === 0) return { months: new Set(counts.keys()), slots, complete: true }
      const answers = await Promise.all(months.map((month) => ask(() => reader.readMonth(office.id, month))))
      months.forEach((month, i) => {
        const answer = answers[i]
        if (!answer) return
        reading.monthsRead++
        slots.push(...answer)
        counts.set(month, answer.filter((slot) => monthOf(slot.date) === month).length)
      })
      if (answers.includes(undefined)) return { months: new Set(counts.keys()), slots, complete: false }
    }
  }

  const offices = await ask(() => reader.listOffices(province.code))
  if (!offices) return reading
  const withSlots = offices.filter(
    (office): office is ObservedOffice & { firstDate: string } => office.firstDate !== null,
  )
  const agendas = await Promise.all(
    withSlots.map(async (office): Promise<[string, Agenda]> => [office.id, await readAgenda(office)]),
  )
  reading.observation = { offices, agendas: new Map(agendas) }
  return reading
}
