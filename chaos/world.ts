import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PortalSimulator, startPortalSimulator } from '../test/simulators/portal/simulator.ts'
import {
  type Person,
  PUBLISHED_LIMITS,
  startTelegramSimulator,
  type TelegramSimulator,
} from '../test/simulators/telegram/index.ts'
import { SkippingClock } from './clock.ts'
import { type Plan, PROVINCES } from './plan.ts'
import { RuntimeProcess } from './process.ts'
import type { Order, Report } from './runtime-process.ts'

const ADMIN_ID = 900
const SECRET = 'chaos-webhook-secret'
const KEY = 'a-key-for-the-fault-harness-only-0123456789'

/** When the Workers were ended without a word, or the database refused them: instants of the world's clock. */
export interface Disturbance {
  kind: 'kill' | 'deploy' | 'store'
  from: number
  /** When the process was gone, or the database came back. */
  ended: number
  /** When all was at work again. */
  until: number
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The Workers on a state of their own, between simulators that outlive them. */
export class World {
  readonly clock: SkippingClock
  readonly stateDir = mkdtempSync(join(tmpdir(), 'sportello-chaos-'))
  readonly people: Person[] = []
  readonly disturbances: Disturbance[] = []
  readonly logs: string[] = []
  readonly failures: string[] = []
  readonly telegram: TelegramSimulator
  readonly portal: PortalSimulator
  readonly admin: Person
  readonly #workersFile: string
  readonly #port: number
  #runtime: RuntimeProcess | undefined

  private constructor(
    parts: { telegram: TelegramSimulator; portal: PortalSimulator; port: number; workersFile: string },
    clock: SkippingClock,
  ) {
    this.telegram = parts.telegram
    this.portal = parts.portal
    this.#port = parts.port
    this.#workersFile = parts.workersFile
    this.clock = clock
    this.admin = this.telegram.createUser({ id: ADMIN_ID, firstName: 'Ada' })
  }

  /** Starts the simulators and the Workers, and lets everybody follow their provinces. */
  static async start(plan: Plan, workersFile: string): Promise<World> {
    const clock = new SkippingClock()
    const telegram = await startTelegramSimulator({
      seed: plan.seed,
      clock,
      latencyMs: [5, 60],
      duplicateProbability: 0.05,
    })
    const portal = await startPortalSimulator({
      seed: plan.seed,
      clock,
      provinces: [...PROVINCES],
      officesEach: 2,
      delayMs: 5,
    })
    for (const office of portal.offices()) portal.setHour(String(office.id), '')
    const world = new World({ telegram, portal, workersFile, port: await freePort() }, clock)
    try {
      await world.startRuntime()
      await world.#settle(plan)
    } catch (error) {
      await world.end()
      throw error
    }
    return world
  }

  /** Starts the Workers on the state as it is, at the world's present time. */
  async startRuntime(): Promise<void> {
    this.#runtime = await RuntimeProcess.start(
      {
        stateDir: this.stateDir,
        port: this.#port,
        workersFile: this.#workersFile,
        variables: {
          TELEGRAM_API_ROOT: this.telegram.url,
          TELEGRAM_BOT_TOKEN: this.telegram.token,
          TELEGRAM_WEBHOOK_SECRET: SECRET,
          ENCRYPTION_KEY: KEY,
          PORTAL_ORIGIN: this.portal.origin,
          POLL_INTERVAL_SECONDS: '1',
          ADMIN_IDS: String(ADMIN_ID),
          CLOCK_SHIFT_SECONDS: String(this.clock.skipped / 1_000),
        },
      },
      (report) => this.#hear(report),
    )
  }

  #hear(report: Report): void {
    if (report.report === 'log') this.logs.push(report.line)
    if (report.report === 'failed') this.failures.push(report.what)
  }

  tell(order: Order): void {
    this.#runtime?.tell(order)
  }

  /** Kills the Workers or ends them in order, lets time pass, and starts them again on what they left. */
  async restart(how: 'kill' | 'deploy', skippedMs: number): Promise<void> {
    const disturbance: Disturbance = { kind: how, from: this.clock.now(), ended: 0, until: 0 }
    this.disturbances.push(disturbance)
    const runtime = this.#runtime
    this.#runtime = undefined
    await (how === 'kill' ? runtime?.kill() : runtime?.stop())
    disturbance.ended = this.clock.now()
    this.clock.skip(skippedMs)
    await this.startRuntime()
    disturbance.until = this.clock.now()
  }

  /** An operator hands a new session of the portal in, in the chat. */
  handInSession(): void {
    this.admin.send(`/sessione ${this.portal.issueSession().asCurl.bash}`)
  }

  async #settle(plan: Plan): Promise<void> {
    const { telegram, admin } = this
    await fetch(`${telegram.url}/bot${telegram.token}/setWebhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        url: `http://127.0.0.1:${this.#port}/telegram/webhook`,
        secret_token: SECRET,
        allowed_updates: ['message', 'callback_query', 'my_chat_member'],
      }),
    })
    admin.start()
    await admin.chat.waitFor(() => true, { timeoutMs: 30_000 })
    for (let n = 0; n < 3; n++) this.handInSession()
    for (const followed of plan.follows) {
      const person = telegram.createUser()
      this.people.push(person)
      for (const province of followed) person.send(`/segui ${PROVINCES[province]}`)
    }
    await telegram.waitForIdle({ timeoutMs: 60_000 })
    this.tell({ order: 'tick', worker: 'edge' })
    this.tell({ order: 'tick', worker: 'dispatcher' })
    await telegram.waitUntil(() => admin.chat.fromBot.filter((m) => /funziona/.test(m.text)).length >= 3, {
      timeoutMs: 30_000,
    })
    await telegram.waitForIdle({ timeoutMs: 60_000 })
    if (plan.limited) telegram.setLimits(PUBLISHED_LIMITS)
  }

  /** Ends everything; the state stays until `forget`. */
  async end(): Promise<void> {
    await this.#runtime?.kill()
    this.#runtime = undefined
    await this.portal.close()
    await this.telegram.close()
  }

  forget(): void {
    rmSync(this.stateDir, { recursive: true, force: true })
  }
}
