import type { Statement } from '../db/client.ts'
import type { Texts } from '../texts/index.ts'
import type { BotContext } from './context.ts'

/** Does what a command, a button or a typed answer asks for. */
export type Handler = (ctx: BotContext) => Promise<void>

/**
 * A part of the conversation, and how another room joins it: export a `Feature` and add it to `features` in bot.ts.
 * Nothing of a conversation lives in memory: a handler finds all it needs in the button's arguments (`ctx.args`), in the
 * command's argument (`ctx.argument`) or in `chats.awaiting`.
 */
export interface Feature {
  /** By command name without the slash, lower case. `/name@bot some text` → `ctx.argument` is `some text`. */
  commands?: Record<string, Handler>
  /** By the verb of `button(text, verb, ...args)` (delivery/button-data.ts). Arguments come unchecked in `ctx.args`. */
  buttons?: Record<string, Handler>
  /**
   * By the first word of `chats.awaiting` (`sport-otp:42` → `sport-otp`, `ctx.args` = [`42`]): what the next message
   * answers (`ctx.text`, `ctx.message`). Set it with `ctx.prefer({ awaiting })`; it is cleared by `null`, and by any
   * button or command.
   */
  answers?: Record<string, Handler>
  /** Refuses the whole feature to a person: the message to show instead, or null to go on. */
  guard?: (ctx: BotContext) => ReturnType<BotContext['view']> | null
  /** What `setMyCommands` lists, in order. */
  listed?: (texts: Texts) => [command: string, description: string][]
  /** What /esporta adds to the person's file. */
  exportData?: (ctx: BotContext) => Promise<Record<string, unknown>>
  /** What /cancellami must also do: runs before the rows go; its statements go with them. */
  forget?: (ctx: BotContext) => Promise<Statement[]>
}

/** In groups and channels only admins may do this: others are told so, politely. */
export const adminsOnly =
  (handler: Handler): Handler =>
  async (ctx) => {
    const standing = await ctx.senderStanding()
    if (standing === 'admin') return handler(ctx)
    const text = standing === 'unknown' ? ctx.texts.common.adminUnknown : ctx.texts.common.adminsOnly
    if (ctx.incoming.kind === 'press') ctx.toast(text)
    else await ctx.say(ctx.view(text))
  }

/** Only in a private chat: in others people are sent there. */
export const privateOnly =
  (handler: Handler): Handler =>
  async (ctx) => {
    if (ctx.chat.kind === 'private') return handler(ctx)
    await ctx.say(ctx.view(ctx.texts.common.privateOnly))
  }
