import type { AddressInfo } from 'node:net'
import type { Update } from 'grammy/types'
import { type Clock, systemClock } from '../../../src/platform/time.ts'
import type { Chat } from './chat.ts'
import { Faults } from './faults.ts'
import { Channel, Group } from './group.ts'
import type { Ledger } from './ledger.ts'
import { type Limits, RateLimiter } from './limits.ts'
import { Parameters } from './parameters.ts'
import { Person, type PersonDetails } from './person.ts'
import { seededRandom } from './random.ts'
import { createApiServer, runCall } from './server.ts'
import { Signal, type WaitOptions, waitUntil } from './waiting.ts'
import { Webhook, type WebhookDelivery } from './webhook.ts'
import { World } from './world.ts'

export interface TelegramOptions {
  /** Loopback port; 0 (the default) takes a free one. */
  port?: number
  /** The one token that is taken. Default: `SIMULATOR_TOKEN`. */
  token?: string
  /** The bot's @name. Default `sportello_bot`. */
  botUsername?: string
  /** Sending limits. Default: none, so that conversations can be tested at full speed. */
  limits?: Limits
  /** Milliseconds that each call takes: a number, or from–to. Default 0. */
  latencyMs?: number | readonly [from: number, to: number]
  /** Time of messages, limits, latency and backoff. Default: the machine's. */
  clock?: Clock
  /** Seed of everything that is drawn by lot. Default 1. */
  seed?: number
  /** Keep each chat's messages (default). Without, only the ledger remembers, and edits are taken unseen. */
  keepMessages?: boolean
  /** Every positive chat id is a person who has started the bot. Default false. */
  anyoneExists?: boolean
  /** Milliseconds before a webhook's update is tried again. Default: 50 doubling up to 2,000. */
  webhookBackoffMs?: (attempt: number) => number
  /** Milliseconds that the webhook has to answer. Default 60,000, as Telegram's. */
  webhookTimeoutMs?: number
  /** The chance that an update already taken is delivered again. Default 0. */
  duplicateProbability?: number
  /** Milliseconds after which a pressed button can no longer be answered. Default 60,000. */
  pressLifetimeMs?: number
}

/** A token that Telegram never gave. */
export const SIMULATOR_TOKEN = '1234567890:TEST-token-of-the-simulator'

const BACKOFF_STEP = 50
const LONGEST_BACKOFF = 2_000

export interface GroupOptions {
  title?: string
  username?: string
  /** Who made it. */
  creator: Person
  admins?: readonly Person[]
  members?: readonly Person[]
  /** Where the bot stands at first; nothing is told to it about that. Default `member` (channel: administrator). */
  bot?: 'member' | 'administrator' | 'left'
}

/** A Bot API server on this machine, with the people who use it. */
export class TelegramSimulator {
  /** For `TELEGRAM_API_ROOT`. */
  readonly url: string
  readonly token: string
  readonly world: World
  readonly #close: () => Promise<void>
  readonly #activity: Signal<void>
  readonly #underWay: () => number
  #nextUserId = 1_001
  #nextGroupId = -2_001

  constructor(parts: {
    url: string
    world: World
    close: () => Promise<void>
    activity: Signal<void>
    underWay: () => number
  }) {
    this.url = parts.url
    this.world = parts.world
    this.token = parts.world.token
    this.#close = parts.close
    this.#activity = parts.activity
    this.#underWay = parts.underWay
  }

  get ledger(): Ledger {
    return this.world.ledger
  }

  get faults(): Faults {
    return this.world.faults
  }

  /** Every try to deliver an update to the webhook. */
  get deliveries(): readonly WebhookDelivery[] {
    return this.world.webhook?.deliveries ?? []
  }

  /** Puts other sending limits in force. */
  setLimits(limits: Limits): void {
    this.world.limits.change(limits)
  }

  /** Somebody new. They have not written to the bot yet. */
  createUser(details: PersonDetails = {}): Person {
    return createPerson(this.world, details.id ?? this.#freeUserId(), details)
  }

  /** Many people who have all started the bot, for broadcasts. */
  createUsers(count: number): Person[] {
    return Array.from({ length: count }, () => {
      const person = this.createUser()
      person.chat.botStatus = 'member'
      return person
    })
  }

  createGroup(options: GroupOptions & { type?: 'group' | 'supergroup' }): Group {
    const { type = 'group', title = 'Gruppo', username } = options
    const group = new Group(this.world, this.#freeGroupId(type), type, { title, username })
    return this.#settle(group, options, options.bot ?? 'member')
  }

  createChannel(options: GroupOptions): Channel {
    const { title = 'Canale', username } = options
    const channel = new Channel(this.world, this.#freeGroupId('channel'), 'channel', { title, username })
    return this.#settle(channel, options, options.bot ?? 'administrator')
  }

  /** The latest updates that were sent on their way (a thousand at most), oldest first. */
  get updates(): Update[] {
    return this.world.updates.recent.map(({ update }) => update)
  }

  /**
   * Puts an update on its way exactly as given, well-formed or not; it gets the next id when it brings none.
   * @param lane updates with the same lane come one by one: a chat's id
   */
  inject(content: Record<string, unknown>, lane = 0): Update {
    return this.world.updates.inject(content as Partial<Update>, lane)
  }

  /** Delivers an update once more, as Telegram may. */
  duplicate(update: Update): void {
    const lane =
      this.world.updates.recent.find((sent) => sent.update.update_id === update.update_id)?.lane ?? 0
    this.world.updates.inject(update, lane)
  }

  /** Resolves with the first true or defined result of `look`, tried now and at each message, edit, deletion or answer. */
  waitUntil<Result>(
    look: () => Result | undefined | false,
    options: WaitOptions & { what?: string } = {},
  ): Promise<Result> {
    return waitUntil(this.world.events, look, () => options.what ?? 'it did not come true', options)
  }

  /**
   * Resolves when every update is acknowledged, no call is under way, and it stayed so for `quietMs` (default 50).
   * @throws Error (rejects) when that does not happen in `timeoutMs` (default 10,000) of real time
   */
  async waitForIdle({
    quietMs = 50,
    timeoutMs = 10_000,
  }: WaitOptions & { quietMs?: number } = {}): Promise<void> {
    const isQuiet = () => this.world.updates.size === 0 && this.#underWay() === 0
    const describe = () => `${this.world.updates.size} updates pending, ${this.#underWay()} calls under way`
    const until = performance.now() + timeoutMs
    for (;;) {
      const left = Math.max(0, until - performance.now())
      await waitUntil(this.#activity, isQuiet, describe, { timeoutMs: left })
      const stayed = await new Promise<boolean>((resolve) => {
        const timer = setTimeout(() => finish(true), quietMs)
        const stop = this.#activity.listen(() => finish(false))
        const finish = (quiet: boolean) => {
          clearTimeout(timer)
          stop()
          resolve(quiet)
        }
      })
      if (stayed) return
    }
  }

  /** Stops the server; open connections are cut. */
  close(): Promise<void> {
    return this.#close()
  }

  #settle<Kind extends Group | Channel>(
    chat: Kind,
    options: GroupOptions,
    bot: 'member' | 'administrator' | 'left',
  ): Kind {
    for (const member of options.members ?? []) chat.members.set(member.id, 'member')
    for (const admin of options.admins ?? []) chat.members.set(admin.id, 'administrator')
    chat.members.set(options.creator.id, 'creator')
    chat.botStatus = bot
    this.world.chats.set(chat.id, chat)
    this.world.events.emit({ type: 'chat', chat: chat as Chat })
    return chat
  }

  #freeUserId(): number {
    while (this.world.people.has(this.#nextUserId)) this.#nextUserId += 1
    return this.#nextUserId
  }

  #freeGroupId(type: 'group' | 'supergroup' | 'channel'): number {
    this.#nextGroupId -= 1
    return type === 'group' ? this.#nextGroupId : -1_000_000_000_000 + this.#nextGroupId
  }
}

function createPerson(world: World, id: number, details: PersonDetails = {}): Person {
  const person = new Person(world, { ...details, id })
  world.people.set(id, person)
  world.chats.set(id, person.chat)
  world.events.emit({ type: 'chat', chat: person.chat })
  return person
}

/** Starts a Bot API server on loopback. Close it when done. */
export async function startTelegramSimulator(options: TelegramOptions = {}): Promise<TelegramSimulator> {
  const {
    token = SIMULATOR_TOKEN,
    botUsername = 'sportello_bot',
    clock = systemClock,
    latencyMs = 0,
  } = options
  const random = seededRandom(options.seed ?? 1)
  const world = new World({
    clock,
    token,
    random,
    bot: {
      id: Number.parseInt(token, 10) || 1_234_567_890,
      is_bot: true,
      first_name: 'Sportello',
      username: botUsername,
      can_join_groups: true,
      can_read_all_group_messages: false,
      supports_inline_queries: false,
      can_connect_to_business: false,
      has_main_web_app: false,
    } as World['bot'],
    faults: new Faults(random),
    limits: new RateLimiter(options.limits ?? {}),
    keepMessages: options.keepMessages ?? true,
    anyoneExists: options.anyoneExists ?? false,
    pressLifetimeMs: options.pressLifetimeMs ?? 60_000,
    createPerson,
  })
  const activity = new Signal<void>()
  world.updates.added.listen(() => activity.emit())
  world.updates.settled.listen(() => activity.emit())
  const stopped = new AbortController()
  world.webhook = new Webhook({
    clock,
    queue: world.updates,
    random,
    backoffMs:
      options.webhookBackoffMs ?? ((attempt) => Math.min(LONGEST_BACKOFF, BACKOFF_STEP * 2 ** (attempt - 2))),
    timeoutMs: options.webhookTimeoutMs ?? 60_000,
    duplicateProbability: options.duplicateProbability ?? 0,
    onReply: async (method, parameters) => {
      await runCall(world, method, new Parameters(parameters), stopped.signal)
    },
  })
  let underWay = 0
  const latency = () => {
    if (typeof latencyMs === 'number') return latencyMs
    const [from, to] = latencyMs
    return from + random() * (to - from)
  }
  const server = createApiServer({
    world,
    latencyMs: latency,
    onActivity: (calls) => {
      underWay = calls
      activity.emit()
    },
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  return new TelegramSimulator({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    world,
    activity,
    underWay: () => underWay,
    close: () => {
      stopped.abort()
      world.webhook?.change(undefined)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  })
}
