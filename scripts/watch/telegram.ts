import { Api } from 'grammy'
import { callTelegram } from '../../src/delivery/bot-api.ts'
import { readTelegramFailure } from '../../src/delivery/telegram-errors.ts'
import { alertMessage } from '../../src/passport/alert-message.ts'
import type { OfficeAlert } from '../../src/passport/rules/diff.ts'
import type { KnownOffice } from '../../src/passport/rules/known-office.ts'
import { slotKey } from '../../src/passport/rules/known-office.ts'
import { textsIn } from '../../src/texts/index.ts'

/** A message that told of slots, and which of them are gone by now. */
interface Told {
  messageId: number
  alert: OfficeAlert
  office: KnownOffice
  places: Map<string, number>
  gone: Set<string>
}

export interface ChatTarget {
  token: string
  apiRoot: string
  chatId: number
  /** Where the button leads. */
  portalOrigin: string
  language: 'it' | 'en'
}

/** Tells one chat of new slots, and strikes those that are gone through in the messages that told of them. */
export class ChatAlerts {
  readonly #api: Api
  readonly #target: ChatTarget
  #told: Told[] = []

  constructor(target: ChatTarget) {
    this.#target = target
    this.#api = new Api(target.token, { apiRoot: target.apiRoot, timeoutSeconds: 15 })
  }

  /** @param province two-letter code @throws Error when Telegram refuses for good */
  async tell(
    province: string,
    alert: OfficeAlert,
    office: KnownOffice,
    places: Map<string, number>,
  ): Promise<void> {
    const told: Told = { messageId: 0, alert, office, places, gone: new Set() }
    told.messageId = await this.#send(province, told)
    this.#told = [...this.#told.slice(-200), told]
  }

  /** Strikes closed slots through. */
  async strike(province: string, gone: OfficeAlert): Promise<void> {
    for (const told of this.#told.filter(({ alert }) => alert.officeId === gone.officeId)) {
      const before = told.gone.size
      for (const [date, time] of gone.slots) {
        const key = slotKey({ date, time })
        if (told.places.has(key)) told.gone.add(key)
      }
      if (told.gone.size > before) await this.#send(province, told, told.messageId)
    }
    this.#told = this.#told.filter(({ places, gone: struck }) => struck.size < places.size)
  }

  async #send(province: string, told: Told, editOf?: number): Promise<number> {
    const { language, portalOrigin, chatId } = this.#target
    const slots = told.alert.slots.map(([date, time]) => {
      const key = slotKey({ date, time })
      return { date, time, places: told.places.get(key) ?? 0, gone: told.gone.has(key) }
    })
    const { keyboard = [], ...message } = alertMessage(textsIn(language), {
      province,
      office: told.office,
      slots,
      bookableAt: told.alert.bookableAt,
      portalOrigin,
    })
    // Nobody answers presses here: only the link stays.
    const links = keyboard.filter((row) => row.every((button) => 'url' in button))
    const call = {
      delivery: { chatId } as never,
      message: { ...message, keyboard: links },
      ...(editOf && { editOf }),
    }
    for (let attempt = 1; ; attempt++) {
      try {
        return (await callTelegram(this.#api, call)) ?? 0
      } catch (error) {
        const failure = readTelegramFailure(error)
        if (failure.kind === 'done' || failure.kind === 'stale') return editOf ?? 0
        const wait =
          failure.kind === 'wait' ? failure.retryAfterMs : failure.kind === 'retry' ? attempt * 2_000 : null
        if (wait === null || attempt > 5) throw error
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }
}
