import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { WorkerName } from '../scripts/local/bundle.ts'
import { lastingPort } from '../scripts/local/lasting-port.ts'
import type { Variables } from '../scripts/local/runtime.ts'
import { addDays, MINUTE, romeDate, romeInstant } from '../src/platform/time.ts'
import type { Student } from '../src/sport/student/student.ts'
import { Random } from '../test/simulators/portal/random.ts'
import { type PortalSimulator, startPortalSimulator } from '../test/simulators/portal/simulator.ts'
import { type PushServer, startPushServer } from '../test/simulators/push/push-server.ts'
import { TEST_VAPID_KEYS } from '../test/simulators/push/test-keys.ts'
import { type SportrickSimulator, startSportrickSimulator } from '../test/simulators/sportrick/simulator.ts'
import {
  type ButtonPress,
  type Person,
  startTelegramSimulator,
  type TelegramSimulator,
} from '../test/simulators/telegram/index.ts'
import type { Browser } from './browsers.ts'
import type { Order } from './fault-injector.worker.ts'
import type { FaultyWorker, Host } from './host.ts'
import type { Outage } from './injections.ts'
import { LARGE, PROVINCES } from './places.ts'
import type { Plan } from './plan.ts'
import { SkippingClock } from './shifted-clock.ts'
import { repeatAlarms } from './stored-rows.ts'

/** The methods of a student's object that the runs call. */
type StudentCalls = Pick<Student, 'account' | 'book' | 'createWeekly' | 'linkSession'>

const ADMIN_ID = 900
export const WEBHOOK_SECRET = 'chaos-webhook-secret'
const KEY = 'a-key-for-the-fault-harness-only-0123456789'
/** A world starts this long before a Rome midnight, when bookings open, ms. */
const BEFORE_MIDNIGHT = 130_000
/** A skip to midnight ends this long before it, ms: about the time the Workers need to start. */
const SHORTLY = 2_500
const ANSWER_MS = 3_000
const MAX_TRIES = 400
/** Quiet hours end this long after the world's midnight, ms: after the scenario, on a slow machine too. */
const QUIET_AFTER_MIDNIGHT = 15 * MINUTE
/** How often (ms), and how many times, a call checks whether the Workers are up again. */
const WHILE_DOWN_MS = 150
const MAX_WHILE_DOWN = 2_000
const EVERY_MINUTE = '* * * * *'
const BOOKING_SWEEP = '*/10 * * * *'

/** When the Workers were down or the database refused writes: instants of the world's clock. */
export interface Disturbance {
  kind: 'kill' | 'deploy' | 'store'
  from: number
  /** When the process was gone, or the database came back. */
  ended: number
  /** When everything worked again. */
  until: number
}

/** A person who books classes, with their account at the site. */
export interface StudentPerson {
  person: Person
  username: string
}

interface Parts {
  telegram: TelegramSimulator
  portal: PortalSimulator
  sportrick: SportrickSimulator
  push: PushServer
  clock: SkippingClock
  port: number
  host: Host
  plan: Plan
}

/**
 * The Workers on a state of their own, and the simulators around them, which survive the Workers' restarts. One
 * world at a time on a host.
 */
export class World {
  readonly clock: SkippingClock
  readonly stateDir = mkdtempSync(join(tmpdir(), 'sportello-chaos-'))
  readonly people: Person[] = []
  /** People who get a digest when their quiet hours end. */
  readonly nightPeople: Person[] = []
  /** Browsers that get Web Push; the last one gets a digest when its quiet hours end. */
  readonly browsers: Browser[] = []
  /** Alerts that people reported as false. */
  readonly reports: ButtonPress[] = []
  readonly students: StudentPerson[] = []
  readonly disturbances: Disturbance[] = []
  readonly logs: string[] = []
  /** Bookings that students' objects accepted. */
  readonly acceptedBookings: { userId: number; actionId: number }[] = []
  readonly telegram: TelegramSimulator
  readonly portal: PortalSimulator
  readonly sportrick: SportrickSimulator
  readonly push: PushServer
  readonly admin: Person
  /** The Rome day on which the world starts. */
  readonly today: string
  /** The Rome midnight (epoch ms) around which the run takes place. */
  readonly midnight: number
  /** When the quiet hours of `nightPeople` end, epoch ms. */
  readonly quietUntil: number
  readonly #parts: Parts
  /** False while the Workers are down. */
  #up = false
  #deployments = 0
  #keys = 0

  private constructor(parts: Parts) {
    this.#parts = parts
    this.telegram = parts.telegram
    this.portal = parts.portal
    this.sportrick = parts.sportrick
    this.push = parts.push
    this.clock = parts.clock
    this.today = romeDate(parts.clock.now())
    this.midnight = parts.clock.now() + BEFORE_MIDNIGHT
    this.quietUntil = this.midnight + QUIET_AFTER_MIDNIGHT
    this.admin = this.telegram.createUser({ id: ADMIN_ID, firstName: 'Ada' })
  }

  /** Starts the simulators and the Workers. */
  static async start(plan: Plan, host: Host): Promise<World> {
    const clock = new SkippingClock()
    clock.skip(romeInstant(addDays(romeDate(clock.now()), 1), '00:00') - BEFORE_MIDNIGHT - clock.now())
    const { seed } = plan
    const draws = new Random(`push-faults:${seed}`)
    const world = new World({
      telegram: await startTelegramSimulator({ seed, clock, latencyMs: [5, 60], duplicateProbability: 0.05 }),
      portal: await startPortalSimulator({
        seed,
        clock,
        provinces: [...PROVINCES],
        officesEach: 1,
        delayMs: 5,
      }),
      sportrick: await startSportrickSimulator({ clock }),
      push: await startPushServer({ clock, random: () => draws.next() }),
      clock,
      port: await lastingPort(),
      host,
      plan,
    })
    for (const province of LARGE) world.portal.addOffice({ province })
    for (const office of world.portal.offices()) world.portal.setHour(String(office.id), '')
    try {
      host.onLog = (line) => world.logs.push(`${clock.now()} ${line}`)
      await world.#startWorkers()
    } catch (error) {
      await world.end()
      world.forget()
      throw error
    }
    return world
  }

  /** Where the edge Worker is reached. */
  get origin(): string {
    return `http://127.0.0.1:${this.#parts.port}`
  }

  #variables(): Variables {
    const { telegram, portal, sportrick, push, clock } = this
    return {
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET,
      ENCRYPTION_KEY: KEY,
      PORTAL_ORIGIN: portal.origin,
      SPORTRICK_BASE: sportrick.base,
      VAPID_KEYS: TEST_VAPID_KEYS,
      PUSH_HOSTS: push.host,
      SPORT_USER_IDS: '*',
      POLL_INTERVAL_SECONDS: '1',
      SEND_RATE_PER_SECOND: this.#parts.plan.limited ? '28' : '100',
      SENDERS: String(this.#parts.plan.senders),
      ADMIN_IDS: String(ADMIN_ID),
      CLOCK_SHIFT_SECONDS: String(clock.skipped / 1_000),
    }
  }

  #note = (what: string) => (error: unknown) => {
    this.logs.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
  }

  /** Triggers crons without waiting for them. */
  tick(worker: WorkerName): void {
    if (!this.#up) return
    const cron = worker === 'booking' ? BOOKING_SWEEP : EVERY_MINUTE
    this.#parts.host.call('tick', worker, cron).catch(this.#note(`tick of ${worker}`))
  }

  /** Puts messages on a queue; they are lost while the Workers are down. */
  enqueue(binding: 'AVAILABILITY' | 'OUTBOUND', bodies: readonly unknown[]): void {
    if (!this.#up || bodies.length === 0) return
    this.#parts.host.call('enqueue', binding, bodies).catch(this.#note(`messages for ${binding}`))
  }

  /** Injects faults into a Worker's batches or database until it ends. */
  async order(worker: FaultyWorker, order: Order): Promise<void> {
    if (!this.#up) return
    await this.#parts.host.call('order', worker, order).catch(this.#note(`order to ${worker}`))
  }

  /** Sends every dead letter again, as an admin does. */
  replayDeadLetters(): void {
    if (!this.#up) return
    this.#parts.host.call('replayDeadLetters').catch(this.#note('dead letters'))
  }

  /** Wakes every object whose alarm is overdue, as the sweep does: workerd's alarms ignore skipped time. */
  wakeStudents(): void {
    if (!this.#up) return
    for (const { person } of this.students)
      this.#parts.host.call('student', person.id, 'wake', []).catch(this.#note('waking'))
  }

  /** A key for a call to a student's object: a call repeated with the same key changes nothing. */
  key = () => `chaos-${++this.#keys}`

  /** Calls a student's object until it answers, as Telegram repeats an update. */
  async ask<const Method extends keyof StudentCalls>(
    userId: number,
    method: Method,
    ...args: Parameters<StudentCalls[Method]>
  ): Promise<Awaited<ReturnType<StudentCalls[Method]>>> {
    for (let tries = 0, down = 0; ; tries++) {
      // A slow machine needs long to restart the Workers.
      for (; !this.#up; down++) {
        if (down > MAX_WHILE_DOWN) throw new Error('the Workers stay down')
        await this.clock.sleep(WHILE_DOWN_MS)
      }
      try {
        const answer = this.#parts.host.call('student', userId, method, args)
        const late = this.clock.sleep(ANSWER_MS).then(() => Promise.reject(new Error('no answer')))
        return (await Promise.race([answer, late])) as Awaited<ReturnType<StudentCalls[Method]>>
      } catch (error) {
        this.#note('asking a student')(error)
        if (tries > MAX_TRIES) throw error
        await this.clock.sleep(150)
      }
    }
  }

  async #startWorkers(): Promise<void> {
    const { host, port } = this.#parts
    const { stateDir } = this
    const { seed, planted } = this.#parts.plan
    await host.call('start', {
      stateDir,
      port,
      variables: this.#variables(),
      deployment: this.#deployments,
      seed,
      planted,
    })
    this.#up = true
  }

  /** Kills the Workers, moves the clocks and starts the Workers again on the same state. */
  async restart(how: 'kill' | 'deploy', { skip, alarms }: Pick<Outage, 'skip' | 'alarms'>): Promise<void> {
    const { clock } = this
    const disturbance: Disturbance = {
      kind: how,
      from: clock.now(),
      ended: 0,
      until: Number.POSITIVE_INFINITY,
    }
    this.disturbances.push(disturbance)
    this.#up = false
    await this.#parts.host.kill()
    disturbance.ended = clock.now()
    clock.skip(skip === 'midnight' ? Math.max(0, this.midnight - SHORTLY - clock.now()) : skip)
    if (alarms === 'again') repeatAlarms(this.stateDir)
    if (how === 'deploy') this.#deployments++
    await this.#startWorkers()
    disturbance.until = clock.now()
    if (typeof alarms === 'number') setTimeout(() => this.wakeStudents(), alarms)
  }

  /** An operator hands in a new portal session in the chat. */
  handInSession(): void {
    this.admin.send(`/sessione ${this.portal.issueSession().asCurl.bash}`)
  }

  /** A browser gives up its subscription. */
  endPush({ browser: choice, status }: { browser: number; status: 404 | 410 }): void {
    const browser = this.browsers[Math.floor(choice * this.browsers.length)]
    if (!browser) return
    browser.endedAt = this.clock.now()
    this.push.service.endedStatus = status
    this.push.service.unsubscribe(browser.subscriber)
  }

  /** A student hands in a session of the booking site. */
  async linkSession({ person, username }: StudentPerson): Promise<void> {
    const key = this.key()
    const cookies = this.sportrick.issueSession(username)
    await this.ask(person.id, 'linkSession', key, cookies)
  }

  /** Stops everything; the state stays until `forget`. */
  async end(): Promise<void> {
    this.#up = false
    await this.#parts.host.kill()
    await this.portal.close()
    await this.sportrick.close()
    await this.push.stop()
    await this.telegram.close()
  }

  forget(): void {
    rmSync(this.stateDir, { recursive: true, force: true })
  }
}
