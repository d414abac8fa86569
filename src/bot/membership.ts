import { transact } from '../db/client.ts'
import { StoreError } from '../db/store-error.ts'
import { migrateChat, sleepChat } from '../delivery/chat-status.ts'
import { chatQueries, readChat, saveChat } from '../passport/chat.ts'
import { textsIn } from '../texts/index.ts'
import type { BotDeps } from './context.ts'
import { Replies } from './replies.ts'
import { markDone, readDone } from './seen.ts'
import type { Incoming } from './update.ts'

type Membership = Extract<Incoming, { kind: 'membership' | 'migration' }>

/**
 * The bot was blocked, removed, unblocked or added, or a group became a supergroup: the chat's subscriptions sleep, wake
 * up or move. All in one transaction with the update's mark, so that a repeat changes nothing.
 */
export async function noteMembership(
  deps: BotDeps,
  incoming: Membership,
  now: number,
  trace: string,
): Promise<void> {
  const done = markDone(incoming, now)
  if (incoming.kind === 'migration') {
    await StoreError.wrap(transact(deps.db, [...migrateChat(incoming.from, incoming.to, now), done]))
    return
  }
  const { chat: where, present } = incoming
  if (!present) {
    await StoreError.wrap(transact(deps.db, [...sleepChat(where.id), done]))
    return
  }
  const [seen, row] = await StoreError.wrap(transact(deps.db, [readDone(incoming), chatQueries(where.id)[0]]))
  if (seen?.results.length) return
  const { chat, changed } = readChat(row?.results[0], where, now)
  await StoreError.wrap(transact(deps.db, [...(changed ? saveChat(deps.db, chat, changed) : []), done]))
  const isNew = row?.results.length === 0
  if (!isNew || where.kind !== 'group') return
  const replies = new Replies(deps.api, { chatId: chat.id, update: incoming, now, trace })
  await replies.send({ text: textsIn(chat.language).common.hello })
}
