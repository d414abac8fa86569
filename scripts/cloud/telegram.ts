import { Api, GrammyError } from 'grammy'
import { ALLOWED_UPDATES } from '../../src/bot/update.ts'
import { describeError } from '../../src/platform/log.ts'

export const WEBHOOK_PATH = '/telegram/webhook'

/** The Bot API for a token; grammY's own client. */
export const openApi = (token: string, apiRoot: string): Api => new Api(token, { apiRoot })

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
