import * as z from 'zod'
import { type InputOwner, openInput, sealInput } from '../../chats/awaited-input.ts'
import { readConfig } from '../../platform/config.ts'
import { MINUTE } from '../../platform/time.ts'
import type { BotContext } from '../context.ts'
import { requestKey } from './own-student.ts'

/** The credentials typed so far while an account is linked in the chat. */
export interface HalfTyped {
  username: string
  password?: string | undefined
}

/** How long what was typed is kept, ms; then the person has to begin again. */
const KEPT = 15 * MINUTE

const shape = z.object({
  username: z.string(),
  password: z.string().optional(),
  at: z.number(),
  update: z.string(),
})

/** Half-typed credentials can be opened for their owner only. */
const ownerOf = (ctx: BotContext): InputOwner => ({
  keys: readConfig(ctx.deps.env, ['ENCRYPTION_KEY']).ENCRYPTION_KEY,
  purpose: 'sport-link',
  userId: ctx.userId,
  chatId: ctx.chatRow.id,
})

/** Seals what was typed so far, so that it can wait for the next message. */
export const sealTyped = (ctx: BotContext, typed: HalfTyped): Promise<string> =>
  sealInput(ownerOf(ctx), { ...typed, at: ctx.now, update: requestKey(ctx) })

/**
 * Opens it again; null when it is too old, or not what this person typed. `repeated`: the same update again, whose
 * reply was lost: it is no answer to the next question.
 */
export async function openTyped(
  ctx: BotContext,
  sealed: string | undefined,
): Promise<(HalfTyped & { repeated: boolean }) | null> {
  const typed = await openInput(ownerOf(ctx), shape, sealed)
  if (typed === null || ctx.now - typed.at > KEPT) return null
  const { username, password, update } = typed
  return { username, password, repeated: update === requestKey(ctx) }
}
