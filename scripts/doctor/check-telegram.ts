import { type Api, GrammyError, HttpError } from 'grammy'
import type { WebhookInfo } from 'grammy/types'
import { ALLOWED_UPDATES } from '../../src/bot/update.ts'
import { menuButtonFault, textFaults } from '../cloud/registration.ts'
import { WEBHOOK_PATH } from '../cloud/telegram.ts'
import { type Check, orOk, type Verdict } from './finding.ts'

/** This many waiting updates mean that nothing takes them, not that the Worker is busy. */
const MANY_PENDING = 100
/** Telegram's last error counts for this long, s: Telegram never clears it. */
const RECENT_SECONDS = 600

/** Evaluates the webhook as Telegram has it. @param now epoch ms */
export function evaluateWebhook(info: WebhookInfo, url: string, now: number): Verdict[] {
  const wanted = `${url}${WEBHOOK_PATH}`
  if (!info.url) return [{ fault: 'webhook-missing', detail: 'none is set' }]
  if (info.url !== wanted) {
    return [{ fault: 'webhook-elsewhere', detail: `it points to ${info.url}, not to ${wanted}` }]
  }
  const faults: Verdict[] = []
  const unasked = ALLOWED_UPDATES.filter(
    (kind) => info.allowed_updates && !info.allowed_updates.includes(kind),
  )
  if (unasked.length > 0) {
    faults.push({ fault: 'webhook-updates', detail: `it does not ask for ${unasked.join(', ')}` })
  }
  const age = info.last_error_date ? now / 1_000 - info.last_error_date : Number.POSITIVE_INFINITY
  if (age < RECENT_SECONDS) {
    const said = info.last_error_message ?? 'no reason given'
    faults.push({
      fault: /401|unauthorized/i.test(said) ? 'webhook-refused' : 'webhook-failing',
      detail: `Telegram’s last attempt failed ${Math.max(0, Math.round(age))} s ago: ${said}`,
    })
  }
  const pending = info.pending_update_count ?? 0
  if (pending >= MANY_PENDING) faults.push({ fault: 'webhook-pending', detail: `${pending} updates wait` })
  return orOk(faults, `${wanted}, ${pending === 1 ? '1 update waits' : `${pending} updates wait`}`)
}

/** What a failed call of the Bot API means for the installation. */
export function telegramFault(error: unknown): Verdict {
  if (error instanceof GrammyError) {
    if (error.error_code === 401 || (error.error_code === 404 && error.method === 'getMe')) {
      return { fault: 'token-refused', detail: 'Telegram does not know this token' }
    }
    if (error.error_code === 404) return { skipped: `this Bot API server does not know ${error.method}` }
    return { fault: 'telegram-down', detail: error.message }
  }
  if (error instanceof HttpError) return { fault: 'telegram-down', detail: 'no connection to the Bot API' }
  throw error
}

/** The checks of the bot's side. @param polled updates are fetched (a local run of a real bot), so no webhook is wanted */
export function telegramChecks(api: Api, url: string, now: () => number, polled = false): Check[] {
  const guarded = (title: string, look: () => Promise<Verdict[]>): Check => ({
    title,
    look: () => look().catch((error: unknown) => [telegramFault(error)]),
  })
  return [
    guarded('Bot', async () => [{ ok: `@${(await api.getMe()).username}` }]),
    guarded('Webhook', async () => {
      const info = await api.getWebhookInfo()
      if (!polled) return evaluateWebhook(info, url, now())
      return info.url
        ? [{ fault: 'webhook-elsewhere', detail: `updates go to ${info.url}, so none can be fetched here` }]
        : [{ ok: 'none, as updates are fetched' }]
    }),
    guarded('Commands and descriptions', async () => {
      const wrong = await textFaults(api)
      return orOk(
        wrong.map((detail) => ({ fault: 'commands-wrong', detail })),
        'registered in Italian and English',
      )
    }),
    guarded('Menu button', async () => {
      const wrong = await menuButtonFault(api, url)
      return [wrong ? { fault: 'menu-wrong', detail: wrong } : { ok: 'right' }]
    }),
  ]
}
