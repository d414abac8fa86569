import { setTimeout as delay } from 'node:timers/promises'
import { Api } from 'grammy'
import { callTelegram } from '../../src/delivery/channels/telegram/bot-api.ts'
import { newFieldsFallback, ownMemory } from '../../src/delivery/channels/telegram/new-fields.ts'
import { readTelegramFailure } from '../../src/delivery/channels/telegram/telegram-errors.ts'
import { alertMessage } from '../../src/passport/alerts/alert-message.ts'
import type { OfficeAlert } from '../../src/passport/rules/diff.ts'
import type { KnownOffice } from '../../src/passport/rules/known-office.ts'
import { slotKey } from '../../src/passport/rules/known-office.ts'
import { describeError } from '../../src/platform/log.ts'
import { textsIn } from '../../src/texts/index.ts'

/** An alert for the chat, and which state of it Telegram shows. */
interface Alert {
  alert: OfficeAlert
  office: KnownOffice
  /** Free places by slot, when it was announced. */
  places: Map<string, number>
  /** Slots that are gone by now. */
  gone: Set<string>
  /** Undefined until Telegram has accepted it. */
  messageId: number | undefined
  /** The slots that the message on Telegram crosses out. */
  crossedOut: Set<string>
}

export interface ChatTarget {
  token: string
  apiRoot: string
  chatId: number
  /** Where the button leads. */
  portalOrigin: string
  /** Two-letter code. */
  province: string
  language: 'it' | 'en'
  /** One line for the person who runs it. */
  say: (line: string) => void
  /** Waits; rejects when the signal aborts. Tests pass a faster one. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

/** The most alerts kept in memory, sent or not; beyond it the oldest is dropped. */
const MOST_ALERTS = 200

/** Longest wait between two attempts, ms. A chat that refuses the bot may accept it again at any time. */
const LONGEST_WAIT = 60_000

const sleepFor = (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal })

/**
 * Keeps one chat's messages in line with the slots: announces new slots and crosses out closed ones. Delivery runs
 * independently of the readings: alerts wait until Telegram accepts them, and no failure here ends the watcher.
 */
export class ChatAlerts {
  readonly #target: ChatTarget
  readonly #api: Api
  readonly #stopping = new AbortController()
  readonly #sleep: NonNullable<ChatTarget['sleep']>
  #chatId: number
  #alerts: Alert[] = []
  #failures = 0
  /** The problem that was reported last, so that it is reported once. */
  #told = ''
  #delivering: Promise<void> | undefined

  constructor(target: ChatTarget) {
    this.#target = target
    this.#chatId = target.chatId
    this.#sleep = target.sleep ?? sleepFor
    this.#api = new Api(target.token, { apiRoot: target.apiRoot, timeoutSeconds: 15 })
    this.#api.config.use(newFieldsFallback(ownMemory(Date.now)))
  }

  /** Announces free slots. */
  announce(alert: OfficeAlert, office: KnownOffice, places: Map<string, number>): void {
    this.#alerts.push({ alert, office, places, gone: new Set(), messageId: undefined, crossedOut: new Set() })
    if (this.#alerts.length > MOST_ALERTS) this.#alerts = this.#alerts.slice(-MOST_ALERTS)
    this.#deliver()
  }

  /** Crosses out closed slots; an unsent alert without an open slot is not sent. */
  crossOut(closed: OfficeAlert): void {
    this.#change(closed, (alert, key) => alert.gone.add(key))
  }

  /** Takes back that slots are crossed out: a reset of their office took them away for minutes. */
  restore(restored: OfficeAlert): void {
    this.#change(restored, (alert, key) => alert.gone.delete(key))
  }

  #change({ officeId, slots }: OfficeAlert, change: (alert: Alert, key: string) => void): void {
    for (const alert of this.#alerts) {
      if (alert.alert.officeId !== officeId) continue
      for (const key of slots.map(([date, time]) => slotKey({ date, time }))) {
        if (alert.places.has(key)) change(alert, key)
      }
    }
    this.#deliver()
  }

  /** How many alerts and edits wait for Telegram. */
  get waiting(): number {
    return this.#due().length
  }

  /** Resolves when nothing waits any more, or after so many milliseconds. */
  async settled(ms: number): Promise<void> {
    const timeout = new AbortController()
    await Promise.race([this.#delivering, sleepFor(ms, timeout.signal).catch(() => undefined)])
    timeout.abort()
  }

  /** Drops the alerts and edits that wait. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#delivering
  }

  /** The alerts whose message on Telegram is missing or out of date. */
  #due(): Alert[] {
    return this.#alerts.filter(({ places, gone, messageId, crossedOut }) =>
      messageId === undefined
        ? gone.size < places.size
        : gone.size !== crossedOut.size || [...gone].some((key) => !crossedOut.has(key)),
    )
  }

  #deliver(): void {
    this.#delivering ??= this.#deliverAll().finally(() => {
      this.#delivering = undefined
      // A slot may have been announced just as the delivery ended.
      if (!this.#stopping.signal.aborted && this.waiting > 0) this.#deliver()
    })
  }

  async #deliverAll(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const [next] = this.#due()
      if (!next) return
      const wait = await this.#attempt(next).catch((error: unknown) => {
        // A bug in one message must not end the watcher.
        this.#target.say(`A message could not be written (${describeError(error)}): it is left out.`)
        this.#forget(next)
        return 0
      })
      if (wait > 0) await this.#sleep(wait, signal).catch(() => undefined)
    }
  }

  /** Sends or edits one message. @returns milliseconds to wait before the next attempt */
  async #attempt(alert: Alert): Promise<number> {
    const crossedOut = new Set(alert.gone)
    const call = this.#call(alert)
    try {
      alert.messageId = (await callTelegram(this.#api, call)) ?? alert.messageId
    } catch (error) {
      const failure = readTelegramFailure(error)
      switch (failure.kind) {
        case 'done':
        case 'stale':
          break
        case 'moved':
          this.#chatId = failure.chatId
          this.#target.say(`The group has a new id, ${failure.chatId}: alerts go there from now on.`)
          return 0
        case 'wait':
          return failure.retryAfterMs
        case 'refused':
          this.#target.say(`Telegram refuses a message for good (${failure.reason}): it is left out.`)
          this.#forget(alert)
          return 0
        default:
          return this.#backOff(
            'reason' in failure ? failure.reason : 'Telegram is out of reach, or refuses the token',
          )
      }
    }
    // Without an id it can never be edited, so it needs no more work.
    if (alert.messageId === undefined) this.#forget(alert)
    alert.crossedOut = crossedOut
    this.#failures = 0
    if (this.#told) this.#target.say('Telegram takes messages again.')
    this.#told = ''
    return 0
  }

  #forget(alert: Alert): void {
    this.#alerts = this.#alerts.filter((each) => each !== alert)
  }

  #backOff(reason: string): number {
    this.#failures += 1
    // One failed attempt alone is not reported.
    if (this.#failures > 1 && this.#told !== reason) {
      this.#told = reason
      this.#target.say(`Alerts wait, the watching goes on: ${reason}.`)
    }
    return Math.min(1_000 * 2 ** Math.min(this.#failures, 10), LONGEST_WAIT)
  }

  #call({ alert, office, places, gone, messageId }: Alert): Parameters<typeof callTelegram>[1] {
    const { language, portalOrigin, province } = this.#target
    const slots = alert.slots.map(([date, time]) => {
      const key = slotKey({ date, time })
      return { date, time, places: places.get(key) ?? 0, gone: gone.has(key) }
    })
    const { keyboard = [], ...message } = alertMessage(textsIn(language), {
      province,
      office,
      slots,
      bookableAt: alert.bookableAt,
      portalOrigin,
    })
    // The watcher handles no button presses.
    const links = keyboard.filter((row) => row.every((button) => !('callback_data' in button)))
    return {
      chatId: this.#chatId,
      message: { ...message, keyboard: links },
      ...(messageId && { editOf: messageId }),
    }
  }
}
