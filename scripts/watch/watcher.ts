import type { PortalFailureReason } from '../../src/passport/model.ts'
import { type Portal, readProvince } from '../../src/passport/poller/read-province.ts'
import type { PortalClient } from '../../src/passport/portal/portal-client.ts'
import { portalConcurrency } from '../../src/passport/portal/portal-concurrency.ts'
import { diff, type OfficeAlert } from '../../src/passport/rules/diff.ts'
import { delayAfter } from '../../src/passport/rules/round-schedule.ts'
import { secondReadingAgrees, suspectList } from '../../src/passport/rules/suspicion.ts'
import { Memory } from './memory.ts'

/** The result of one reading of the portal. */
export type Look =
  | { ok: true; alerts: OfficeAlert[]; open: number; suspicious: boolean }
  | { ok: false; reason: PortalFailureReason; detail: string }

/** Watches one province in memory, with the poller's own rules. */
export class Watcher {
  readonly memory = new Memory()
  readonly #province: string
  #round = 0
  #failures = 0
  #suspiciousSince: number | null = null

  constructor(province: string) {
    this.#province = province
  }

  /** Milliseconds until the next reading, longer after failures. @param interval ms */
  pause(interval: number): number {
    return this.#failures === 0 ? interval : Math.max(interval, delayAfter(this.#failures, interval))
  }

  /** Reads the portal once. @param now epoch ms */
  async look(client: PortalClient, now: () => number): Promise<Look> {
    this.#round += 1
    const portal: Portal = { reader: client, limit: portalConcurrency(), paused: false, usedUp: () => false }
    const province = { code: this.#province, offices: this.memory.offices, round: this.#round, horizons: {} }
    const { observation, failures } = await readProvince(portal, province, now())
    const readAt = now()
    const [failure] = failures
    if (!observation) {
      this.#failures += 1
      return { ok: false, reason: failure?.reason ?? 'unavailable', detail: failure?.detail ?? 'no answer' }
    }
    this.#failures = 0
    this.memory.forgetResets(readAt)
    const suspect = suspectList(this.memory.offices, observation) !== null
    const believed = !suspect || secondReadingAgrees(this.#suspiciousSince, readAt)
    this.#suspiciousSince = believed ? null : (this.#suspiciousSince ?? readAt)
    const changes = diff(this.memory.offices, observation, readAt, believed)
    this.memory.apply(changes, readAt)
    return { ok: true, alerts: changes.alerts, open: changes.leftOpen, suspicious: !believed }
  }
}
