import type { Api } from 'grammy'
import type { UserFromGetMe } from 'grammy/types'
import { type Database, transact } from '../db/client.ts'
import { readState, writeState } from '../db/state.ts'
import { ringHash } from '../platform/id.ts'
import { describeError, log } from '../platform/log.ts'
import { MINUTE } from '../platform/time.ts'

/** Kept in the isolate: asking again changes nothing, but a failed question is repeated after a while. */
const cached = new Map<number, { me: UserFromGetMe | null; askAgainAt: number }>()

/**
 * Who the bot is, as getMe once answered: from the isolate, else from the store, else from Telegram. Null when Telegram
 * cannot say now.
 * @param account what tells one bot from another (its API root and token); only a hash is kept
 */
export async function readBotInfo(
  db: Database,
  api: Api,
  account: string,
  now: number,
): Promise<UserFromGetMe | null> {
  const key = ringHash(account)
  const known = cached.get(key)
  if (known && (known.me || known.askAgainAt > now)) return known.me
  const me = (await readStored(db, key)) ?? (await askTelegram(db, api, key, now))
  cached.set(key, { me, askAgainAt: now + MINUTE })
  return me
}

async function readStored(db: Database, key: number): Promise<UserFromGetMe | null> {
  const { 'bot-info': stored } = await readState(db, ['bot-info'])
  return stored?.key === key ? stored.me : null
}

async function askTelegram(db: Database, api: Api, key: number, now: number): Promise<UserFromGetMe | null> {
  try {
    const me = await api.getMe()
    await transact(db, [writeState(db, 'bot-info', { key, me }, now)])
    return me
  } catch (error) {
    log('warn', 'get-me-failed', { error: describeError(error) })
    return null
  }
}
