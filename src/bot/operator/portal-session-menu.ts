import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { awaitInput } from '../../chats/awaited-input.ts'
import { button } from '../../delivery/button-data.ts'
import type { Message } from '../../delivery/content.ts'
import { lines } from '../../delivery/message.ts'
import { HAND_IN_COST, type HandInOutcome, handIn } from '../../passport/sessions/hand-in.ts'
import { listSessions, removeSession, type SessionView } from '../../passport/sessions/session-store.ts'
import { ago } from '../../platform/ago.ts'
import { readConfig } from '../../platform/config.ts'
import { answers, homeButton, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { operatorsOnly, privateOnly } from '../guards.ts'
import { sayTooMany, takeTokens } from '../rate-limit.ts'
import { awaitLeftovers, hasFile, readPaste } from '../receive-paste.ts'
import { pairedBrowsersPart } from './paired-browser-menu.ts'

/** The question that a pasted session answers. */
const SESSION = 'portal-session'
/** Sessions shown at once. */
const MOST_SHOWN = 20

const settings = (ctx: BotContext) =>
  readConfig(ctx.deps.env, ['ENCRYPTION_KEY', 'PORTAL_ORIGIN', 'PORTAL_RELAY'])

/** Deletes the operator's message before anything else. @returns a warning when that fails */
const deleteSecret = async (ctx: BotContext): Promise<string | null> =>
  (await ctx.deleteTyped()) ? null : ctx.texts.portalSessions.notDeleted

/** The reply about a pasted session. */
function report(ctx: BotContext, outcome: HandInOutcome): string {
  const texts = ctx.texts.portalSessions
  switch (outcome.kind) {
    case 'kept':
      return texts.kept(outcome.id, outcome.offices)
    case 'untested':
      return texts.untested(outcome.id, outcome.page, texts.why[outcome.reason])
    case 'no-cookies':
      return texts.noCookies
    case 'no-jsessionid':
      return texts.noJsessionid
    case 'refused':
      return texts.refused(settings(ctx).PORTAL_ORIGIN)
  }
}

async function take(ctx: BotContext, typed: string, warning: string | null): Promise<void> {
  const paste = await readPaste(ctx, typed, SESSION)
  if (paste.kind === 'waits') return
  if (paste.kind === 'problem') {
    ctx.prefer(paste.again)
    return ctx.say(
      ctx.view(lines(ctx.texts.common.paste[paste.problem], ctx.texts.portalSessions.again, warning)),
    )
  }
  if (!(await takeTokens(ctx, HAND_IN_COST))) {
    ctx.prefer(paste.again)
    return sayTooMany(ctx)
  }
  const { ENCRYPTION_KEY: keys, PORTAL_ORIGIN: origin, PORTAL_RELAY: relay } = settings(ctx)
  const address = { origin, relay, fetch: (...args: Parameters<typeof fetch>) => fetch(...args) }
  const outcome = await handIn(
    { db: ctx.db, keys, clock: ctx.deps.clock, address },
    ctx.chatRow.id,
    paste.text,
  )
  const kept = 'id' in outcome
  ctx.prefer(kept ? awaitLeftovers(ctx) : paste.again)
  await ctx.say(ctx.view(lines(report(ctx, outcome), !kept && ctx.texts.portalSessions.again, warning)))
}

/** Deletes the message first, then uses its text. */
const secret =
  (handler: (ctx: BotContext, warning: string | null) => Promise<void>) =>
  async (ctx: BotContext): Promise<void> => {
    const warning = await deleteSecret(ctx)
    await handler(ctx, warning)
  }

const session = secret(async (ctx, warning) => {
  if (ctx.chatRow.kind !== 'private') {
    await ctx.say(ctx.view(lines(ctx.texts.common.privateOnly, warning)))
    return
  }
  if (ctx.argument !== '' || hasFile(ctx.message)) return take(ctx, ctx.argument, warning)
  ctx.prefer(awaitInput(SESSION))
  const { text, rows } = await pairedBrowsersPart(ctx)
  const ask = ctx.texts.portalSessions.askPaste(settings(ctx).PORTAL_ORIGIN)
  await ctx.say(ctx.view(lines(ask, '', text), rows))
})

function line(ctx: BotContext, one: SessionView): string {
  const texts = ctx.texts.portalSessions
  const mine = one.ownerId === ctx.chatRow.id
  const age = ago(ctx.chatRow.language, ctx.now - one.createdAt)
  return one.health === 'good'
    ? texts.good(one.id, mine, age, ago(ctx.chatRow.language, ctx.now - one.lastGoodAt))
    : texts.dead(one.id, mine, age, ago(ctx.chatRow.language, ctx.now - (one.diedAt ?? one.lastGoodAt)))
}

async function listView(ctx: BotContext): Promise<Message> {
  const texts = ctx.texts.portalSessions
  const sessions = (await listSessions(ctx.db)).slice(0, MOST_SHOWN)
  const none = !sessions.some(({ health }) => health === 'good')
  return ctx.view(
    lines(
      FormattedString.bold(texts.listTitle),
      ...sessions.map((one) => line(ctx, one)),
      none && texts.listNone,
    ),
    [
      ...sessions.map(({ id }) => [button(texts.remove(id), 'portal-remove', id)]),
      [button(texts.refresh, 'portal-sessions'), homeButton(ctx)],
    ],
  )
}

const list = async (ctx: BotContext): Promise<void> => ctx.show(await listView(ctx))

/** Removes an expired session at once; a good one after a question, since a new one needs a login. */
async function remove(ctx: BotContext): Promise<void> {
  const id = Number(ctx.args[0])
  const found = (await listSessions(ctx.db)).find((one) => one.id === id)
  if (found?.health === 'good' && ctx.args[1] !== 'yes') {
    const { portalSessions: texts, common } = ctx.texts
    return ctx.show(
      ctx.view(texts.removeAsk(id), [
        [button(texts.removeYes, 'portal-remove', id, 'yes'), button(common.cancel, 'portal-sessions')],
      ]),
    )
  }
  if (found) await ctx.commit(removeSession(id, ctx.now))
  ctx.toast(ctx.texts.portalSessions.removed)
  await list(ctx)
}

/** /sessione and /sessioni: operators hand in the portal sessions, and see which still work. */
export const portalSessions = new Composer<BotContext>()
portalSessions.command(['sessione', 'session'], operatorsOnly, session)
portalSessions.command(['sessioni', 'sessions'], operatorsOnly, privateOnly, list)
portalSessions.callbackQuery(pressed('portal-sessions'), operatorsOnly, privateOnly, list)
portalSessions.callbackQuery(pressed('portal-remove'), operatorsOnly, privateOnly, remove)

/** What is pasted after /sessione. */
export const portalSessionAnswers = new Composer<BotContext>()
portalSessionAnswers.filter(
  answers(SESSION),
  operatorsOnly,
  secret((ctx, warning) => take(ctx, ctx.text, warning)),
)
