import { Api } from 'grammy'
import type { UserFromGetMe } from 'grammy/types'
import { type Database, transact } from '../db/database.ts'
import { readState, writeState } from '../db/state.ts'
import type { Settings } from '../platform/config.ts'
import { ringHash } from '../platform/id.ts'
import { describeError, log } from '../platform/log.ts'
import { telegramClient } from '../platform/telegram-client.ts'
import { MINUTE } from '../platform/time.ts'

/** The bot's account: its token, and the Bot API server that knows it. */
type Account = Pick<Settings, 'TELEGRAM_API_ROOT' | 'TELEGRAM_BOT_TOKEN'>

/** Kept in the isolate. After a failed call Telegram is asked again a minute later. */
const cached = new Map<number, { me: UserFromGetMe | null; askAgainAt: number }>()

/** Identifies a bot; only a hash of its token is kept. */
const keyOf = (account: Account) => ringHash(`${account.TELEGRAM_API_ROOT} ${account.TELEGRAM_BOT_TOKEN}`)

/**
 * The bot's user, as `getMe` answered: from the isolate, else from the database, else from Telegram. Null when Telegram
 * does not answer.
 * @param now epoch ms
 * @throws when the database is out of reach
 */
export async function readBotInfo(
  db: Database,
  account: Account,
  now: number,
): Promise<UserFromGetMe | null> {
  const key = keyOf(account)
  const known = cached.get(key)
  if (known && (known.me || known.askAgainAt > now)) return known.me
  const me = (await readStored(db, key)) ?? (await askTelegram(db, account, key, now))
  cached.set(key, { me, askAgainAt: now + MINUTE })
  return me
}

/** The bot's user without a query or a call: the id from the token, the username from the isolate (else empty). */
export function knownBotInfo(account: Account): UserFromGetMe {
  const known = cached.get(keyOf(account))?.me
  if (known) return known
  const id = Number.parseInt(account.TELEGRAM_BOT_TOKEN, 10)
  return { id, is_bot: true, first_name: '', username: '' } as UserFromGetMe
}

async function readStored(db: Database, key: number): Promise<UserFromGetMe | null> {
  const { 'bot-info': stored } = await readState(db, ['bot-info'])
  return stored?.key === key ? stored.me : null
}

async function askTelegram(
  db: Database,
  { TELEGRAM_API_ROOT, TELEGRAM_BOT_TOKEN }: Account,
  key: number,
  now: number,
): Promise<UserFromGetMe | null> {
  try {
    const me = await new Api(TELEGRAM_BOT_TOKEN, telegramClient(TELEGRAM_API_ROOT, 15)).getMe()
    await transact(db, [writeState(db, 'bot-info', { key, me }, now)])
    return me
  } catch (error) {
    log('warn', 'get-me-failed', { error: describeError(error) })
    return null
  }
}
