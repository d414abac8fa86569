import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { parsePaste } from '../../platform/paste.ts'
import { costs } from '../../sport/costs.ts'
import { isPassword, isUsername, otpKeyProblem } from '../../sport/credentials.ts'
import type { OtpKeyProblem } from '../../sport/otp.ts'
import { readQr } from '../../sport/qr.ts'
import type { BotContext } from '../context.ts'
import type { Feature, Handler } from '../feature.ts'
import { costly } from '../heavy.ts'
import { openTyped, sealTyped } from './half-typed.ts'
import { footer, guard, page, showRefusal, withAnswer } from './kit.ts'
import { follow } from './progress.ts'
import { ask, requestKey } from './student.ts'
import { fetchFile, pictureIn, textFileIn } from './telegram-file.ts'

/** Takes a message that holds a secret out of the chat. @returns a word to the person when that did not work */
async function deleteTyped(ctx: BotContext): Promise<string | null> {
  const { incoming } = ctx
  if (incoming.kind !== 'message') return null
  const deleted = await ctx.replies.tryOnce('deleteMessage', (api) =>
    api.deleteMessage(ctx.chat.id, incoming.messageId),
  )
  return deleted ? null : ctx.texts.sportMenu.deleteYourself
}

/** The page of ours where an account can be linked: Telegram opens it over HTTPS only. */
function linkPage(ctx: BotContext): InlineKeyboardButton[][] {
  const { PUBLIC_URL: origin } = ctx.deps.settings
  if (!origin?.startsWith('https://')) return []
  return [[{ text: ctx.texts.sportMenu.linkInPage, web_app: { url: `${origin}/app?to=sport/account` } }]]
}

async function show(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  await withAnswer(
    ctx,
    (student) => student.account(),
    (account) =>
      page(ctx, lines(texts.accounts[account.state], '', texts.linkHow), [
        ...linkPage(ctx),
        [button(texts.linkInChat, 'sp-link-chat')],
        [button(texts.linkSession, 'sp-link-cookie')],
        ...(account.state === 'none' ? [] : [[button(texts.unlink, 'sp-unlink')]]),
      ]),
  )
}

/** Asks for the next field; `awaiting` says which, with what was typed so far, sealed. */
async function askFor(ctx: BotContext, awaiting: string, ...text: (string | null)[]): Promise<void> {
  ctx.prefer({ awaiting })
  await ctx.commit()
  await ctx.show(ctx.view(lines(...text), [[button(ctx.texts.common.cancel, 'sp-link')]]))
}

const tryAgain = (ctx: BotContext, ...text: (string | null)[]): Promise<void> =>
  ctx.say(ctx.view(lines(...text), [[button(ctx.texts.common.cancel, 'sp-link')]]))

const startTyping: Handler = (ctx) => askFor(ctx, 'sp-user', ctx.texts.sportMenu.askUsername)

const typedUsername: Handler = async (ctx) => {
  const { sportMenu: texts } = ctx.texts
  const problem = await deleteTyped(ctx)
  const username = ctx.text.trim()
  if (!isUsername(username)) return tryAgain(ctx, problem, texts.usernameWrong)
  await askFor(ctx, `sp-pass:${await sealTyped(ctx, { username })}`, problem, texts.askPassword)
}

const typedPassword: Handler = async (ctx) => {
  const { sportMenu: texts } = ctx.texts
  const problem = await deleteTyped(ctx)
  const typed = await openTyped(ctx, ctx.args[0])
  if (!typed) return askFor(ctx, 'sp-user', problem, texts.tookTooLong, texts.askUsername)
  if (typed.repeated) return tryAgain(ctx, texts.askPassword)
  const password = ctx.text
  if (!isPassword(password)) return tryAgain(ctx, problem, texts.passwordWrong)
  await askFor(
    ctx,
    `sp-otp:${await sealTyped(ctx, { username: typed.username, password })}`,
    problem,
    texts.askOtp,
  )
}

/** The one-time-password key that a message holds, typed or as a QR code. */
async function keyIn(ctx: BotContext): Promise<{ otpauth: string } | { problem: OtpKeyProblem | 'no-code' }> {
  const picture = pictureIn(ctx.message)
  const bytes = picture === null ? null : await fetchFile(ctx, picture)
  const text = picture === null ? ctx.text.trim() : bytes && readQr(bytes)
  if (!text) return { problem: picture === null ? 'empty' : 'no-code' }
  const problem = otpKeyProblem(text)
  return problem === null ? { otpauth: text } : { problem }
}

const typedOtp: Handler = async (ctx) => {
  const { sportMenu: texts } = ctx.texts
  // The picture is fetched first: Telegram gives a file by its id also when its message is gone, but owes it to nobody.
  const [key, undeleted] = await Promise.all([keyIn(ctx), deleteTyped(ctx)])
  const typed = await openTyped(ctx, ctx.args[0])
  if (typed?.password === undefined)
    return askFor(ctx, 'sp-user', undeleted, texts.tookTooLong, texts.askUsername)
  if (typed.repeated) return tryAgain(ctx, texts.askOtp)
  if ('problem' in key) return tryAgain(ctx, undeleted, texts.otpProblems[key.problem])
  const credentials = { username: typed.username, password: typed.password, otpauth: key.otpauth }
  const answer = await ask(ctx, (student) => student.link(requestKey(ctx), credentials))
  if (!answer.ok) return showRefusal(ctx, answer.refusal)
  ctx.prefer({ awaiting: null })
  await ctx.commit()
  if (undeleted) await ctx.say(ctx.view(undeleted))
  await follow(ctx, answer.value.actionId)
}

const askSession: Handler = (ctx) => askFor(ctx, 'sp-cookie', ctx.texts.sportMenu.askSession)

/** Hands in the session that a pasted request holds, and has it tried. */
async function handIn(ctx: BotContext, pasted: string): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const undeleted = await deleteTyped(ctx)
  const file = pasted === '' ? textFileIn(ctx.message) : null
  const bytes = file === null ? null : await fetchFile(ctx, file)
  const { cookies } = parsePaste(bytes ? new TextDecoder().decode(bytes) : pasted)
  if (Object.keys(cookies).length === 0) {
    return askFor(ctx, 'sp-cookie', undeleted, texts.sessionWrong)
  }
  const answer = await ask(ctx, (student) => student.linkSession(requestKey(ctx), cookies))
  if (!answer.ok) return showRefusal(ctx, answer.refusal)
  ctx.prefer({ awaiting: null })
  await ctx.commit()
  if (undeleted) await ctx.say(ctx.view(undeleted))
  await follow(ctx, answer.value.actionId)
}

/** A pasted session is taken out of the chat also where it may not be used. */
const sessionCommand: Handler = async (ctx) => {
  const refusal = guard(ctx)
  if (!refusal) return ctx.argument === '' ? askSession(ctx) : handIn(ctx, ctx.argument)
  if (ctx.argument !== '') await deleteTyped(ctx)
  await ctx.say(refusal)
}

const unlinkAsk: Handler = (ctx) =>
  page(
    ctx,
    ctx.texts.sportMenu.unlinkAsk,
    [[button(ctx.texts.sportMenu.unlinkYes, 'sp-unlink-yes')]],
    ['sp-link'],
  )

const unlink: Handler = (ctx) =>
  withAnswer(
    ctx,
    (student) => student.unlink(requestKey(ctx)),
    () => ctx.show(ctx.view(ctx.texts.sportMenu.unlinked, [footer(ctx)])),
  )

/** *Collega il mio account*, typed step by step, as a pasted session, or in our page; *Scollega*. */
export const account: Feature = {
  guard,
  commands: { collega: show, link: show, scollega: unlinkAsk, unlink: unlinkAsk },
  buttons: {
    'sp-link': show,
    'sp-link-chat': costly(costs.link, startTyping),
    'sp-link-cookie': askSession,
    'sp-unlink': unlinkAsk,
    'sp-unlink-yes': unlink,
  },
  answers: {
    'sp-user': typedUsername,
    'sp-pass': typedPassword,
    'sp-otp': typedOtp,
    'sp-cookie': (ctx) => handIn(ctx, ctx.text.trim()),
  },
}

/** `/sessione_sport`: it checks by itself whom it is for. */
export const session: Feature = {
  commands: { sessione_sport: sessionCommand, sport_session: sessionCommand },
}
