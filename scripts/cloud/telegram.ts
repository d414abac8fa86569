import { Api, GrammyError } from 'grammy'
import { ALLOWED_UPDATES } from '../../src/bot/register.ts'
import { describeError } from '../../src/platform/log.ts'

export const WEBHOOK_PATH = '/telegram/webhook'

/** The Bot API for a token; grammY's own client. */
export const openApi = (token: string, apiRoot: string): Api => new Api(token, { apiRoot })

/** What is wrong with the webhook as Telegram has it; empty when it is right. */
export async function webhookFaults(api: Api, publicUrl: string): Promise<string[]> {
  const info = await api.getWebhookInfo()
  const faults: string[] = []
  const wanted = `${publicUrl}${WEBHOOK_PATH}`
  if (info.url !== wanted) faults.push(info.url ? `it points to ${info.url}` : 'none is set')
  const missing = ALLOWED_UPDATES.filter(
    (kind) => info.allowed_updates && !info.allowed_updates.includes(kind),
  )
  if (missing.length > 0) faults.push(`it does not ask for ${missing.join(', ')}`)
  const recent = info.last_error_date && Date.now() / 1_000 - info.last_error_date < 600
  if (recent && /401|wrong response/i.test(info.last_error_message ?? ''))
    faults.push(`Telegram was refused: ${info.last_error_message}`)
  return faults
}

/** Sets the webhook with its secret. @param dropPending forget the updates that waited */
export async function setWebhook(
  api: Api,
  publicUrl: string,
  secret: string,
  dropPending: boolean,
): Promise<void> {
  await api.setWebhook(`${publicUrl}${WEBHOOK_PATH}`, {
    secret_token: secret,
    allowed_updates: [...ALLOWED_UPDATES],
    drop_pending_updates: dropPending,
    max_connections: 40,
  })
}

/** The bot's name, or why the token does not work. */
export async function whoIsBot(api: Api): Promise<string> {
  try {
    return (await api.getMe()).username
  } catch (error) {
    if (error instanceof GrammyError && error.error_code === 401) {
      throw new Error('Telegram refused TELEGRAM_BOT_TOKEN: copy it again from @BotFather.')
    }
    throw new Error(`Telegram could not be asked who the bot is: ${describeError(error)}`)
  }
}
