import { button } from '../../delivery/callback.ts'
import { type HandInOutcome, handIn } from '../../passport/sessions/hand-in.ts'
import { listSessions, removeSession, type SessionInfo } from '../../passport/sessions/store.ts'
import { readConfig } from '../../platform/config.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../platform/time.ts'
import type { Texts } from '../../texts/index.ts'
import type { BotContext } from '../context.ts'
import { type Feature, type Handler, privateOnly } from '../feature.ts'
import { mainMenu } from '../menu.ts'

/** What the next message answers, after /sessione alone. */
const AWAITING = 'portal-session'
/** Verb of the button that removes a session. */
const REMOVE = 'session-drop'

/** Operators only; to anyone else the command is as unknown as any other. */
const operatorsOnly =
  (handler: Handler): Handler =>
  async (ctx) => {
    if (ctx.isAdmin) return privateOnly(handler)(ctx)
    await ctx.say(mainMenu(ctx, ctx.texts.common.unknownCommand))
  }

/** How long something lasted, to the largest whole unit. */
function duration({ operator }: Texts, ms: number): string {
  if (ms < MINUTE) return operator.seconds(Math.max(0, Math.floor(ms / SECOND)))
  if (ms < HOUR) return operator.minutes(Math.floor(ms / MINUTE))
  return ms < DAY ? operator.hours(Math.floor(ms / HOUR)) : operator.days(Math.floor(ms / DAY))
}

function outcomeText({ operator }: Texts, outcome: HandInOutcome): string {
  switch (outcome.kind) {
    case 'kept':
      return operator.kept(outcome.id, outcome.offices)
    case 'no-cookies':
      return operator.noCookies
    case 'no-jsessionid':
      return operator.noJsessionid
    case 'refused':
      return operator.refused
    case 'unreachable':
      return operator.unreachable
  }
}

/** Takes the secret out of the chat, whatever becomes of it. */
async function deleteSecret(ctx: BotContext): Promise<void> {
  const messageId = ctx.message?.message_id
  if (messageId === undefined) return
  const deleted = await ctx.replies.tryOnce('deleteMessage', (api) =>
    api.deleteMessage(ctx.chat.id, messageId),
  )
  if (!deleted) await ctx.say(ctx.view(ctx.texts.operator.notDeleted))
}

async function tryPasted(ctx: BotContext, pasted: string): Promise<void> {
  await deleteSecret(ctx)
  const config = readConfig(ctx.deps.env, ['PORTAL_ORIGIN', 'PORTAL_RELAY', 'ENCRYPTION_KEY'])
  const outcome = await handIn(
    {
      db: ctx.db,
      keys: config.ENCRYPTION_KEY,
      clock: ctx.deps.clock,
      address: {
        origin: config.PORTAL_ORIGIN,
        relay: config.PORTAL_RELAY,
        fetch: (...args) => fetch(...args),
      },
    },
    ctx.chat.id,
    pasted,
  )
  ctx.prefer({ awaiting: outcome.kind === 'kept' ? null : AWAITING })
  await ctx.say(ctx.view(outcomeText(ctx.texts, outcome)))
}

async function handInSession(ctx: BotContext): Promise<void> {
  if (ctx.argument !== '') return tryPasted(ctx, ctx.argument)
  ctx.prefer({ awaiting: AWAITING })
  await ctx.say(ctx.view(ctx.texts.operator.howTo))
}

function sessionLine(texts: Texts, session: SessionInfo, now: number): string {
  const age = duration(texts, now - session.createdAt)
  return session.health === 'good'
    ? texts.operator.good(session.id, age, duration(texts, now - session.lastGoodAt))
    : texts.operator.dead(session.id, age, duration(texts, now - (session.diedAt ?? now)))
}

async function sessionsView(ctx: BotContext) {
  const { operator } = ctx.texts
  const sessions = await listSessions(ctx.db)
  if (sessions.length === 0) return ctx.view(operator.none)
  const lines = sessions.map((session) => sessionLine(ctx.texts, session, ctx.now))
  return ctx.view(
    [operator.list, ...lines].join('\n'),
    sessions.map(({ id }) => [button(operator.remove(id), REMOVE, id)]),
  )
}

async function drop(ctx: BotContext): Promise<void> {
  const id = Number(ctx.args[0])
  if (Number.isSafeInteger(id) && id > 0) {
    await ctx.commit([removeSession(id)])
    ctx.toast(ctx.texts.operator.removed(id))
  }
  await ctx.show(await sessionsView(ctx))
}

/** /sessione and /sessioni: how operators hand portal sessions in, see them and take them back. */
export const portalSessions: Feature = {
  commands: {
    sessione: operatorsOnly(handInSession),
    session: operatorsOnly(handInSession),
    sessioni: operatorsOnly(async (ctx) => ctx.say(await sessionsView(ctx))),
    sessions: operatorsOnly(async (ctx) => ctx.say(await sessionsView(ctx))),
  },
  buttons: { [REMOVE]: operatorsOnly(drop) },
  answers: { [AWAITING]: operatorsOnly((ctx) => tryPasted(ctx, ctx.text)) },
}
