import { sql } from 'drizzle-orm'
import { connect, type Database, transact } from '../db/database.ts'
import { maybeText } from '../db/rows.ts'
import { readConfig } from '../platform/config.ts'
import { describeError, log } from '../platform/log.ts'
import { MINUTE } from '../platform/time.ts'
import { keepAliveOf, memo } from './memo.ts'
import type { WebContext } from './site.ts'

/** The bot's username, which the webhook keeps; null: not known yet. */
async function readUsername(db: Database): Promise<string | null> {
  const [found] = await transact(db, [
    sql`SELECT value ->> '$.me.username' AS username FROM state WHERE name = 'bot-info'`,
  ])
  return maybeText(found?.results[0]?.username)
}

/** A link to the chat with the bot; with a province's code its Start button asks about that province. */
export type BotLink = (province?: string) => string

/**
 * Reads for a page how it links to the bot; null while its name is not known, or out of reach: the page does without.
 * The name is kept for a minute.
 */
export function botLinks() {
  const known = memo<string | null>(MINUTE, 1)
  return async (c: Pick<WebContext, 'env' | 'executionCtx'>, now: number): Promise<BotLink | null> => {
    const username = await known('bot', now, () => readUsername(connect(c.env.DB)), keepAliveOf(c)).catch(
      (error: unknown) => {
        log('warn', 'bot-name-unread', { error: describeError(error) })
        return null
      },
    )
    if (username === null) return null
    const { BOT_LINK_ROOT } = readConfig(c.env, ['BOT_LINK_ROOT'])
    const chat = `${BOT_LINK_ROOT}/${username}`
    return (province) => (province === undefined ? chat : `${chat}?start=${province}`)
  }
}
