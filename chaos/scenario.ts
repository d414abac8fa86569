import { addDays, dayOfWeek, romeDate } from '../src/platform/time.ts'
import type { ClassRef } from '../src/sport/student-types.ts'
import { Random } from '../test/simulators/portal/random.ts'
import type { ClassView } from '../test/simulators/sportrick/simulator.ts'
import type { Injection } from './injections.ts'
import { type BookingWish, type Plan, SCENARIO_MS, type Step } from './plan.ts'
import { lockStore, readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** Interval of the dispatcher's cron, ms: time in a run passes faster. */
const DISPATCHER_TICK_MS = 1_500
const EDGE_TICK_MS = 5_000
/** An operator hands in another session this long after a fault that ends one, ms. */
const NEW_SESSION_AFTER_MS = 700
/** Messages whose retries are used up become dead letters within this time, ms. */
const DEAD_WITHIN_MS = 5_500
const LOOK_EVERY_MS = 100
const DEADLY = new Set(['forbidden', 'unauthorized', 'login', 'html'])

const HOURS = ['08:30', '09:00', '10:15', '12:00'] as const

/** Frees the slot, or takes it if it is free. */
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

const classRef = ({ course, date, start }: ClassView): ClassRef => ({
  type: course === null ? 'fit-center' : 'course',
  name: course ?? 'Giuriati - Fit Center',
  location: 'Giuriati',
  date,
  start,
})

/** Makes a student's request; resolves when the object has accepted or refused it. */
async function wishFor(world: World, { student: number, kind, choice, full }: BookingWish): Promise<void> {
  const { sportrick, midnight } = world
  const student = world.students[number]
  if (!student) return
  // The day whose booking opens at the world's midnight, and the one before, which is open.
  const date = addDays(romeDate(midnight), kind === 'now' ? 1 : 2)
  const classes = sportrick.classes(date)
  // One half of the day for each kind, so that the wishes of a student differ.
  const half = Math.ceil(classes.length / 2)
  const mine = kind === 'weekly' ? classes.slice(half) : classes.slice(0, half)
  const index = Math.floor(choice * mine.length)
  const wanted = mine[index]
  const other = classes[half]
  if (!wanted || !other) throw new Error(`no class on ${date}`)
  const wish = classRef(wanted)
  const key = world.key()
  if (full) {
    const { course, start, capacity } = wanted
    sportrick.setClass({ date, start, ...(course !== null && { course }) }, { taken: capacity })
  }
  const { id } = student.person
  if (kind === 'weekly') {
    const { date: day, ...weekly } = wish
    const draft = { ...weekly, dayOfWeek: dayOfWeek(day), policy: 'no-confirmation' as const }
    await world.ask(id, 'createWeekly', key, draft)
    return
  }
  const now = kind === 'now'
  const answer = await world.ask(id, 'book', {
    requestKey: key,
    wish,
    alternatives: now ? [classRef(other)] : [],
    when: now ? 'now' : 'at-opening',
  })
  if (answer.ok) world.acceptedBookings.push({ userId: id, actionId: answer.value.actionId })
}

/** Executes a plan. */
export class Scenario {
  readonly #world: World
  readonly #random: Random
  readonly #plan: Plan
  readonly #under = new Set<Promise<unknown>>()
  /** No cron ticks before this instant of the machine's clock. */
  #ticklessUntil = 0
  #restarting: Promise<void> = Promise.resolve()

  constructor(world: World, plan: Plan) {
    this.#world = world
    this.#plan = plan
    this.#random = new Random(`life:${plan.seed}`)
  }

  /** Does every step at its time and ticks the crons; resolves when it is over and no injection is under way. */
  async play(): Promise<void> {
    const { clock } = this.#world
    const startedAt = Date.now()
    const crons = [
      setInterval(() => this.#tick('dispatcher'), DISPATCHER_TICK_MS),
      setInterval(() => this.#tick('edge'), EDGE_TICK_MS),
    ]
    try {
      for (const step of this.#plan.steps) {
        await clock.sleep(Math.max(0, startedAt + step.at - Date.now()))
        if (step.step === 'slot') moveSlot(this.#world, step)
        else if (step.step === 'wish') this.#begin(wishFor(this.#world, step.wish))
        else this.#begin(this.#happen(step.injection))
      }
      await clock.sleep(Math.max(0, startedAt + SCENARIO_MS - Date.now()))
      await Promise.all(this.#under)
    } finally {
      for (const cron of crons) clearInterval(cron)
    }
  }

  #tick(worker: 'edge' | 'dispatcher' | 'booking'): void {
    if (Date.now() >= this.#ticklessUntil) this.#world.tick(worker)
  }

  #begin(work: Promise<unknown>): void {
    const watched = work.finally(() => this.#under.delete(watched))
    this.#under.add(watched)
  }

  async #happen(injection: Injection): Promise<void> {
    const world = this.#world
    switch (injection.kind) {
      case 'kill':
      case 'deploy':
        this.#restarting = this.#restarting.then(async () => {
          await world.restart(injection.kind, injection)
          await world.clock.sleep(injection.ticklessMs)
          for (const worker of ['edge', 'dispatcher', 'booking'] as const) this.#tick(worker)
        })
        return this.#restarting
      case 'nudges':
        return this.#repeatNudges(injection)
      case 'unknown-message':
        world.enqueue('AVAILABILITY', [{ version: 99, strange: true }])
        world.enqueue('OUTBOUND', ['of another age'])
        return
      case 'dead-letters':
        return this.#fillDeadLetters()
      case 'batches': {
        const { queue, fault, times } = injection
        await this.#restarting
        await world.order('dispatcher', { about: 'batches', queue, fault, times })
        return this.#nudge(queue)
      }
      case 'bad-store':
        return this.#spoilStore(injection)
      case 'store':
        return this.#refuse(injection)
      case 'telegram': {
        const { kind: _, ...rule } = injection
        return void world.telegram.faults.add(rule)
      }
      case 'portal':
        world.portal.fault(injection.fault)
        if (!DEADLY.has(injection.fault.kind)) return
        await world.clock.sleep(NEW_SESSION_AFTER_MS)
        return world.handInSession()
      case 'site':
        world.sportrick.fault(injection.fault)
        if (injection.fault.kind !== 'session-expired') return
        await world.clock.sleep(NEW_SESSION_AFTER_MS)
        await Promise.all(world.students.map((student) => world.linkSession(student)))
        return
      case 'push':
        return world.push.faults.add(injection)
      case 'push-ended':
        return world.endPush(injection)
      case 'extra-ticks':
        for (let n = 0; n < injection.count; n++)
          for (const worker of ['edge', 'dispatcher', 'booking'] as const) this.#tick(worker)
        return
      case 'no-ticks':
        this.#ticklessUntil = Date.now() + injection.ms
        return
      case 'woken':
        for (let n = 0; n < injection.times; n++) world.wakeStudents()
        return
    }
  }

  /** Nudges of new and old alerts, fanned out or not. */
  #oldNudges(count: number): unknown[] {
    const rows = readRows<{ id: string; trace: string }>(
      this.#world.stateDir,
      `SELECT id, trace FROM alerts ORDER BY created_at DESC LIMIT ${count}`,
    )
    return rows.map((row) => ({ version: 1, alertId: row.id, trace: row.trace }))
  }

  async #repeatNudges({ copies, shuffled }: Extract<Injection, { kind: 'nudges' }>): Promise<void> {
    await this.#restarting
    const nudges = this.#oldNudges(15)
    const bodies = Array.from({ length: copies }, () => nudges).flat()
    if (shuffled) bodies.sort(() => this.#random.next() - 0.5)
    this.#world.enqueue('AVAILABILITY', bodies)
    const wakes = Array.from({ length: copies * 3 }, () => ({ version: 1, trace: 'again' }))
    this.#world.enqueue('OUTBOUND', wakes)
  }

  /** A queue gets batches when a slot is freed; this sends one now. */
  #nudge(queue: 'availability' | 'outbound'): void {
    const ofNothing = { version: 1, alertId: 'of-nothing', trace: 'again' }
    if (queue === 'availability') this.#world.enqueue('AVAILABILITY', [ofNothing, ...this.#oldNudges(20)])
    else this.#world.enqueue('OUTBOUND', [{ version: 1, trace: 'again' }])
  }

  /** Old nudges fail until their retries are used up; then every dead letter is sent again. */
  async #fillDeadLetters(): Promise<void> {
    const world = this.#world
    const fault = { kind: 'poisoned' } as const
    // A reader of the file can keep workerd from opening it.
    const dead = async () => {
      await this.#restarting
      return readRows<{ n: number }>(world.stateDir, 'SELECT count(*) AS n FROM dead_letters')[0]?.n
    }
    // An end of the Workers also drops queued messages and the order; then try again.
    for (let tries = 0; tries < 3 && !(await dead()); tries++) {
      await world.order('dispatcher', { about: 'batches', queue: 'availability', fault, times: 1 })
      this.#nudge('availability')
      const deadline = Date.now() + DEAD_WITHIN_MS
      while (!(await dead()) && Date.now() < deadline) await world.clock.sleep(LOOK_EVERY_MS)
    }
    world.replayDeadLetters()
  }

  /** The database is slow, or refuses a share of all calls, reads included. */
  async #spoilStore({
    fault,
    forMs,
    share,
    waitMs,
  }: Extract<Injection, { kind: 'bad-store' }>): Promise<void> {
    const world = this.#world
    await this.#restarting
    const from = world.clock.now()
    const disturbance = { kind: 'store' as const, from, ended: 0, until: Number.POSITIVE_INFINITY }
    world.disturbances.push(disturbance)
    for (const worker of ['edge', 'dispatcher'] as const)
      await world.order(worker, { about: 'store', fault, forMs, share, waitMs })
    await world.clock.sleep(forMs + waitMs)
    disturbance.ended = disturbance.until = world.clock.now()
  }

  /**
   * Refuses every write of the database for a while, except while the Workers start, which would prove nothing.
   */
  #refuse({ ms, times }: Extract<Injection, { kind: 'store' }>): Promise<void> {
    const world = this.#world
    this.#restarting = this.#restarting.then(async () => {
      for (let n = 0; n < times; n++) {
        const release = lockStore(world.stateDir)
        const from = world.clock.now()
        const disturbance = { kind: 'store' as const, from, ended: 0, until: Number.POSITIVE_INFINITY }
        world.disturbances.push(disturbance)
        await world.clock.sleep(ms)
        release()
        disturbance.ended = disturbance.until = world.clock.now()
        await world.clock.sleep(ms)
      }
    })
    return this.#restarting
  }
}
