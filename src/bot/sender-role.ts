import type { BotContext } from './context.ts'

/**
 * Whether the sender may change things here: anyone in a private chat, admins elsewhere; `unknown` when Telegram cannot
 * say. A channel's post and an anonymous admin's message are written in the chat's own name.
 */
export async function senderRole(ctx: BotContext): Promise<'admin' | 'member' | 'unknown'> {
  const { id, kind } = ctx.chatRow
  if (kind === 'private') return 'admin'
  const ownName = kind === 'channel' || ctx.msg?.sender_chat?.id === id
  if (ctx.callbackQuery === undefined && ownName) return 'admin'
  const userId = ctx.userId
  if (userId === undefined) return 'member'
  const answer = await ctx.tryCall('getChatMember', (api) => api.getChatMember(id, userId))
  if (!answer.ok) return 'unknown'
  const { status } = answer.value
  return status === 'creator' || status === 'administrator' ? 'admin' : 'member'
}
