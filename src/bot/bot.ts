import { parseButtonData } from '../delivery/button-data.ts'
import { regionNamed } from '../passport/provinces.ts'
import { account } from './account.ts'
import type { BotContext } from './context.ts'
import { adminsOnly, type Feature, type Handler } from './feature.ts'
import { mainMenu, menu } from './menu.ts'
import { letters } from './operator/letters.ts'
import { rekey } from './operator/rekey.ts'
import { service } from './operator/service.ts'
import { portalSessions } from './operator/sessions.ts'
import { offerMatches, passport, regionView } from './passport.ts'
import { settings } from './settings.ts'
import { sport } from './sport/index.ts'
import { status } from './status.ts'
import type { Incoming } from './update.ts'

/**
 * Every part of the conversation. Another room joins it by adding its `Feature` here (see feature.ts); of two that claim
 * the same command, button or answer the later one has it.
 */
export const features: readonly Feature[] = [
  menu,
  passport,
  status,
  settings,
  ...sport,
  account,
  portalSessions,
  service,
  letters,
  rekey,
]

/** Everything of one kind that the features claim, each behind its feature's guard. */
function collect(kind: 'commands' | 'buttons' | 'answers'): ReadonlyMap<string, Handler> {
  const guarded = ({ guard }: Feature, handler: Handler): Handler =>
    guard
      ? async (ctx) => {
          const refusal = guard(ctx)
          await (refusal ? ctx.say(refusal) : handler(ctx))
        }
      : handler
  return new Map(
    features.flatMap((feature) =>
      Object.entries(feature[kind] ?? {}).map(
        ([name, handler]) => [name, guarded(feature, handler)] as const,
      ),
    ),
  )
}

const commands = collect('commands')
const buttons = collect('buttons')
const answers = collect('answers')

/**
 * False for what is said in a chat but not to the bot: talk in a group, posts in a channel. It costs no query.
 * Joins, blocks and migrations concern us always.
 */
export function concernsUs(incoming: Incoming): boolean {
  if (incoming.kind === 'ignored') return false
  if (incoming.kind !== 'message' || incoming.chat.kind === 'private') return true
  return incoming.text.startsWith('/') || (incoming.chat.kind === 'group' && incoming.repliesToBot)
}

const commandShape = /^\/(\w{1,64})(?:@(\w+))?(?:\s+|$)/

/** Does what the update asks for and replies. */
export async function respond(ctx: BotContext): Promise<void> {
  if (ctx.incoming.kind === 'press') return respondToPress(ctx, ctx.incoming.data)
  const command = commandShape.exec(ctx.text)
  const awaited = ctx.chat.awaiting?.split(':') ?? []
  const answer = answers.get(awaited[0] ?? '')
  // A typed answer may begin with a slash too: only a command that there is goes before it.
  if (command?.[1] && (!answer || commands.has(command[1].toLowerCase()))) {
    ctx.argument = ctx.text.slice(command[0].length).trim()
    return respondToCommand(ctx, command[1].toLowerCase(), command[2])
  }
  if (answer) {
    ctx.args = awaited.slice(1)
    return adminsOnly(answer)(ctx)
  }
  if (ctx.chat.kind === 'private') await respondToTalk(ctx)
}

/** A button or a command ends the wait for a typed answer. */
function stopAwaiting(ctx: BotContext): void {
  if (ctx.chat.awaiting !== null) ctx.prefer({ awaiting: null })
}

async function respondToPress(ctx: BotContext, data: string): Promise<void> {
  const press = parseButtonData(data)
  const handler = press && buttons.get(press.verb)
  if (!handler) return ctx.say(mainMenu(ctx, ctx.texts.common.oldButton))
  stopAwaiting(ctx)
  ctx.args = press.args
  await handler(ctx)
}

async function respondToCommand(ctx: BotContext, name: string, bot: string | undefined): Promise<void> {
  if (bot !== undefined) {
    const username = (await ctx.botInfo())?.username
    if (username !== undefined && username.toLowerCase() !== bot.toLowerCase()) return
  }
  const handler = commands.get(name)
  if (handler) {
    stopAwaiting(ctx)
    return handler(ctx)
  }
  // In a group it may be meant for another bot.
  if (ctx.chat.kind === 'private') await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
}

/** Anything else that a person types: the name of a province or region, or something to be helped with. */
async function respondToTalk(ctx: BotContext): Promise<void> {
  const { common } = ctx.texts
  if (ctx.text === '') return ctx.say(mainMenu(ctx, common.onlyText))
  const region = regionNamed(ctx.text)
  if (region !== undefined) return ctx.say(regionView(ctx, region))
  if (await offerMatches(ctx, ctx.text)) return
  await ctx.say(mainMenu(ctx, common.notUnderstood))
}
