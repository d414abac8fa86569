import * as z from 'zod'
import { readConfig } from '../../platform/config.ts'
import { seal, UnsealError, unseal } from '../../platform/crypto.ts'
import { MINUTE } from '../../platform/time.ts'
import type { BotContext } from '../context.ts'
import { requestKey } from './own-student.ts'

/** The credentials typed so far while an account is linked in the chat. */
export interface HalfTyped {
  username: string
  password?: string | undefined
}

/** After this the person has to begin again. */
const KEPT = 15 * MINUTE

const shape = z.object({
  username: z.string(),
  password: z.string().optional(),
  at: z.number(),
  update: z.string(),
})

/** Half-typed credentials can be opened for their owner only. */
const purpose = (ctx: BotContext) => `sport-link:${ctx.userId}`

const place = (ctx: BotContext) => `chats.awaiting/${ctx.chatRow.id}` as const

const keys = (ctx: BotContext) => readConfig(ctx.deps.env, ['ENCRYPTION_KEY']).ENCRYPTION_KEY

/** Seals what was typed so far, so that it can wait in `chats.awaiting` for the next message. */
export const sealTyped = (ctx: BotContext, typed: HalfTyped): Promise<string> =>
  seal(
    keys(ctx),
    purpose(ctx),
    place(ctx),
    JSON.stringify({ ...typed, at: ctx.now, update: requestKey(ctx) }),
  )

/**
 * Opens it again; null when it is too old, or not what this person typed. `repeated`: the same update again, whose
 * reply was lost: it is no answer to the next question.
 */
export async function openTyped(
  ctx: BotContext,
  sealed: string | undefined,
): Promise<(HalfTyped & { repeated: boolean }) | null> {
  try {
    const typed = shape.parse(JSON.parse(await unseal(keys(ctx), purpose(ctx), place(ctx), sealed ?? '')))
    const { username, password, at, update } = typed
    return ctx.now - at <= KEPT ? { username, password, repeated: update === requestKey(ctx) } : null
  } catch (error) {
    if (error instanceof UnsealError || error instanceof z.ZodError) return null
    throw error
  }
}
