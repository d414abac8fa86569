import { addDays, romeDate } from '../src/platform/time.ts'
import { Random } from '../test/simulators/portal/random.ts'
import { LIFE_MS, type Mishap, type Plan, type Step } from './plan.ts'
import { lockStore, readRows } from './store.ts'
import type { World } from './world.ts'

/** The dispatcher's cron comes so often, ms: a run lives faster than the world. */
const DISPATCHER_TICK_MS = 3_000
const EDGE_TICK_MS = 15_000
/** Faults that end a session; somebody hands in another one so much later, ms. */
const NEW_SESSION_AFTER_MS = 1_500
const DEADLY = new Set(['forbidden', 'unauthorized', 'login', 'html'])

const HOURS = ['08:30', '09:00', '10:15', '12:00'] as const

/** Frees the slot, or takes it when it is free. */
function moveSlot({ portal, clock }: World, step: Extract<Step, { step: 'slot' }>): void {
  const office = portal.offices()[step.office]
  if (!office) return
  const id = String(office.id)
  const free = portal.slots(id).filter((slot) => slot.total > slot.taken)
  const taken = free[Math.floor(step.choice * (free.length + 2))]
  if (taken) {
    portal.takeSlot(id, taken.date, taken.time)
    return
  }
  // Days in this month and a later one, so that several agendas are read.
  const day = step.slot % 3 === 0 ? 45 + step.slot : 2 + step.slot
  const date = addDays(romeDate(clock.now()), day)
  portal.freeSlot(id, date, HOURS[step.slot % HOURS.length] ?? '09:00', step.places)
}

/** Lives through a plan. */
export class Life {
  readonly #world: World
  readonly #random: Random
  readonly #plan: Plan
  readonly #under = new Set<Promise<void>>()
  /** No cron ticks before this instant of the machine's clock. */
  #ticklessUntil = 0
  #restarting: Promise<void> = Promise.resolve()

  constructor(world: World, plan: Plan) {
    this.#world = world
    this.#plan = plan
    this.#random = new Random(`life:${plan.seed}`)
  }

  /** Does every step at its time and ticks the crons; resolves when it is over and no mishap is under way. */
  async live(): Promise<void> {
    const startedAt = Date.now()
    const crons = [
      setInterval(() => this.#tick('dispatcher'), DISPATCHER_TICK_MS),
      setInterval(() => this.#tick('edge'), EDGE_TICK_MS),
    ]
    try {
      for (const step of this.#plan.steps) {
        await this.#world.clock.sleep(Math.max(0, startedAt + step.at - Date.now()))
        if (step.step === 'slot') moveSlot(this.#world, step)
        else this.#begin(step.mishap)
      }
      await this.#world.clock.sleep(Math.max(0, startedAt + LIFE_MS - Date.now()))
      await Promise.all(this.#under)
    } finally {
      for (const cron of crons) clearInterval(cron)
    }
  }

  #tick(worker: 'edge' | 'dispatcher'): void {
    if (Date.now() >= this.#ticklessUntil) this.#world.tell({ order: 'tick', worker })
  }

  #begin(mishap: Mishap): void {
    const work = this.#happen(mishap).finally(() => this.#under.delete(work))
    this.#under.add(work)
  }

  async #happen(mishap: Mishap): Promise<void> {
    const world = this.#world
    switch (mishap.kind) {
      case 'kill':
      case 'deploy':
        this.#restarting = this.#restarting.then(async () => {
          await world.restart(mishap.kind, mishap.skippedMs)
          await world.clock.sleep(mishap.ticklessMs)
          this.#tick('edge')
          this.#tick('dispatcher')
        })
        return this.#restarting
      case 'nudges':
        return this.#repeatNudges(mishap)
      case 'unknown-message':
        world.tell({ order: 'enqueue', binding: 'AVAILABILITY', bodies: [{ version: 99, strange: true }] })
        world.tell({ order: 'enqueue', binding: 'OUTBOUND', bodies: ['of another age'] })
        return
      case 'dead-letters':
        return world.tell({ order: 'replay-dead-letters', bodies: this.#oldNudges(20) })
      case 'store':
        return this.#refuse(mishap.ms)
      case 'telegram': {
        const { kind: _, ...rule } = mishap
        return void world.telegram.faults.add(rule)
      }
      case 'portal':
        world.portal.fault(mishap.fault)
        if (!DEADLY.has(mishap.fault.kind)) return
        await world.clock.sleep(NEW_SESSION_AFTER_MS)
        return world.handInSession()
      case 'extra-ticks':
        for (let n = 0; n < mishap.count; n++)
          for (const worker of ['edge', 'dispatcher'] as const) this.#tick(worker)
        return
      case 'no-ticks':
        this.#ticklessUntil = Date.now() + mishap.ms
        return
    }
  }

  /** Nudges of alerts, new and old, done and not. */
  #oldNudges(count: number): unknown[] {
    const rows = readRows<{ id: string; trace: string }>(
      this.#world.stateDir,
      `SELECT id, trace FROM alerts ORDER BY created_at DESC LIMIT ${count}`,
    )
    return rows.map((row) => ({ version: 1, alertId: row.id, trace: row.trace }))
  }

  async #repeatNudges({ copies, shuffled }: Extract<Mishap, { kind: 'nudges' }>): Promise<void> {
    const nudges = this.#oldNudges(15)
    const bodies = Array.from({ length: copies }, () => nudges).flat()
    if (shuffled) bodies.sort(() => this.#random.next() - 0.5)
    if (bodies.length > 0) this.#world.tell({ order: 'enqueue', binding: 'AVAILABILITY', bodies })
    const wakes = Array.from({ length: copies * 3 }, () => ({ version: 1, trace: 'again' }))
    this.#world.tell({ order: 'enqueue', binding: 'OUTBOUND', bodies: wakes })
  }

  /** Refuses every write of the database for a while. Not while the Workers start: nothing could be learnt from that. */
  #refuse(ms: number): Promise<void> {
    const world = this.#world
    this.#restarting = this.#restarting.then(async () => {
      const release = lockStore(world.stateDir)
      const from = world.clock.now()
      const disturbance = { kind: 'store' as const, from, ended: 0, until: Number.POSITIVE_INFINITY }
      world.disturbances.push(disturbance)
      await world.clock.sleep(ms)
      release()
      disturbance.ended = disturbance.until = world.clock.now()
    })
    return this.#restarting
  }
}
