import { Composer, type NextFunction } from 'grammy'
import type { InlineKeyboardButton } from 'grammy/types'
import { type Awaiting, awaitInput } from '../../chats/awaited-input.ts'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { readConfig } from '../../platform/config.ts'
import { parsePaste } from '../../platform/paste.ts'
import { costs } from '../../sport/costs.ts'
import { isPassword, isUsername, otpKeyProblem } from '../../sport/credentials.ts'
import { verbs } from '../../sport/next-steps.ts'
import { type OtpKeyProblem, shownCode } from '../../sport/otp.ts'
import { type PictureProblem, readQr } from '../../sport/qr.ts'
import { answers, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { studentsOnly } from '../guards.ts'
import { rateLimit, sayTooMany, takeTokens } from '../rate-limit.ts'
import { awaitLeftovers, hasFile, readPaste } from '../receive-paste.ts'
import { fetchFile, pictureIn } from '../telegram-file.ts'
import { openTyped, sealTyped } from './half-typed.ts'
import { ask, requestKey } from './own-student.ts'
import { follow } from './progress.ts'
import { footer, page, showRefusal, withAnswer } from './sport-screen.ts'

/** Deletes a message that holds a secret. @returns what to tell the person when that failed */
const deleteTyped = async (ctx: BotContext): Promise<string | null> =>
  (await ctx.deleteTyped()) ? null : ctx.texts.sportMenu.deleteYourself

/** Our page for linking an account: Telegram opens it over HTTPS only. */
function linkPage(ctx: BotContext): InlineKeyboardButton[][] {
  const { PUBLIC_URL: origin } = ctx.deps.settings
  if (!origin?.startsWith('https://')) return []
  return [[{ text: ctx.texts.sportMenu.linkInPage, web_app: { url: `${origin}/app?to=sport/account` } }]]
}

async function show(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const inPage = linkPage(ctx)
  await withAnswer(
    ctx,
    (student) => student.account(),
    (account) =>
      page(ctx, lines(texts.accounts[account.state], '', texts.linkHow), [
        ...inPage,
        [button(inPage.length > 0 ? texts.linkInChat : texts.linkHere, 'sp-link-chat')],
        ...(account.state === 'none'
          ? []
          : [[shareTick(ctx, account.sharesSchedule)], [button(texts.unlink, 'sp-unlink')]]),
      ]),
  )
}

/** Linking in the chat, the second choice: explains what typing secrets there means, before asking for them. */
const askWhere = (ctx: BotContext): Promise<void> => {
  const { sportMenu: texts } = ctx.texts
  const inPage = linkPage(ctx)
  return page(
    ctx,
    inPage.length > 0 ? texts.linkChatRisk : texts.linkChatOnly,
    [...inPage, [button(texts.linkTypeHere, 'sp-type')], [button(texts.linkSession, 'sp-paste')]],
    ['sp-link'],
  )
}

/** The button that shows whether the account reads the schedule for everybody, and changes it. */
const shareTick = (ctx: BotContext, shares: boolean | null): InlineKeyboardButton =>
  button(`${shares ? '✅' : '▫️'} ${ctx.texts.sportMenu.share}`, 'sp-share', shares ? 0 : 1)

/** While a new account is tried: asks, once, whether it may read the schedule for everybody. */
async function askToShare(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const account = await ask(ctx, (student) => student.account())
  if (!account.ok || account.value.sharesSchedule !== null) return
  const answers = [button(texts.shareYes, 'sp-share', 1), button(texts.shareNo, 'sp-share', 0)]
  await ctx.say(ctx.view(texts.shareAsk, [answers]))
}

const share = (ctx: BotContext): Promise<void> => {
  const { sportMenu: texts } = ctx.texts
  const [agreed] = ctx.args
  if (agreed !== '0' && agreed !== '1') return show(ctx)
  return withAnswer(
    ctx,
    (student) => student.shareSchedule(agreed === '1'),
    ({ sharesSchedule }) =>
      page(
        ctx,
        sharesSchedule ? texts.shared : texts.notShared,
        [[button(ctx.texts.sport.next.first, verbs.another)], [shareTick(ctx, sharesSchedule)]],
        ['sp-link'],
      ),
  )
}

/** Asks for the next field. @param awaiting says which, with what was typed so far, sealed */
async function askFor(ctx: BotContext, awaiting: Awaiting, ...text: (string | null)[]): Promise<void> {
  ctx.prefer(awaiting)
  await ctx.commit()
  await ctx.show(ctx.view(lines(...text), [[button(ctx.texts.common.cancel, 'sp-link')]]))
}

const tryAgain = (ctx: BotContext, ...text: (string | null)[]): Promise<void> =>
  ctx.say(ctx.view(lines(...text), [[button(ctx.texts.common.cancel, 'sp-link')]]))

const startTyping = (ctx: BotContext): Promise<void> =>
  askFor(ctx, awaitInput('sp-user'), ctx.texts.sportMenu.askUsername)

async function typedUsername(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const problem = await deleteTyped(ctx)
  const username = ctx.text.trim()
  if (!isUsername(username)) return tryAgain(ctx, problem, texts.usernameWrong)
  await askFor(ctx, awaitInput('sp-pass', await sealTyped(ctx, { username })), problem, texts.askPassword)
}

async function typedPassword(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const problem = await deleteTyped(ctx)
  const typed = await openTyped(ctx, ctx.args[0])
  if (!typed) return askFor(ctx, awaitInput('sp-user'), problem, texts.tookTooLong, texts.askUsername)
  if (typed.repeated) return tryAgain(ctx, texts.askPassword)
  const password = ctx.text
  if (!isPassword(password)) return tryAgain(ctx, problem, texts.passwordWrong)
  await askFor(
    ctx,
    awaitInput('sp-otp', await sealTyped(ctx, { username: typed.username, password })),
    problem,
    texts.askOtp,
  )
}

type KeyProblem = OtpKeyProblem | PictureProblem

/** A usable key, or what to tell the person about it. */
const keyOf = (text: string): { otpauth: string } | { problem: KeyProblem } => {
  const problem = otpKeyProblem(text)
  return problem === null ? { otpauth: text } : { problem }
}

/**
 * The one-time-password key in a picture's QR code. The update is marked as done before the picture is decoded: should
 * that ever end the Worker, Telegram does not send it again.
 */
async function keyInPicture(
  ctx: BotContext,
  bytes: Uint8Array | null,
): Promise<{ otpauth: string } | { problem: KeyProblem }> {
  if (!bytes) return { problem: 'no-code' }
  await ctx.commitAsDone()
  const read = await readQr(bytes)
  return read.ok ? keyOf(read.text) : { problem: read.problem }
}

async function typedOtp(ctx: BotContext): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const picture = pictureIn(ctx.message)
  const wanted = picture !== null && typeof picture === 'object'
  const allowed = !wanted || (await takeTokens(ctx, costs.picture))
  // The picture is fetched first: Telegram gives a file by its id also when its message is gone, but does not guarantee it.
  const [bytes, undeleted] = await Promise.all([
    wanted && allowed ? fetchFile(ctx, picture.fileId) : null,
    deleteTyped(ctx),
  ])
  const typed = await openTyped(ctx, ctx.args[0])
  if (typed?.password === undefined)
    return askFor(ctx, awaitInput('sp-user'), undeleted, texts.tookTooLong, texts.askUsername)
  if (typed.repeated) return tryAgain(ctx, texts.askOtp)
  if (!allowed) return tryAgain(ctx, undeleted, ctx.texts.common.tooMany)
  const key =
    picture === null ? keyOf(ctx.text.trim()) : wanted ? await keyInPicture(ctx, bytes) : { problem: picture }
  if ('problem' in key) return tryAgain(ctx, undeleted, texts.otpProblems[key.problem])
  const credentials = { username: typed.username, password: typed.password, otpauth: key.otpauth }
  const answer = await ask(ctx, (student) => student.link(requestKey(ctx), credentials))
  if (!answer.ok) return showRefusal(ctx, answer.refusal)
  ctx.prefer(awaitLeftovers(ctx))
  await ctx.commit()
  if (undeleted) await ctx.say(ctx.view(undeleted))
  const code = shownCode(key.otpauth, ctx.now)
  if (code !== null) await ctx.say(ctx.view(texts.otpShown(code)))
  await askToShare(ctx)
  await follow(ctx, answer.value.actionId)
}

const askSession = (ctx: BotContext): Promise<void> =>
  askFor(ctx, awaitInput('sp-cookie'), ctx.texts.sportMenu.askSession)

/** Hands in the session that a pasted request holds, and has it tried. */
async function handIn(ctx: BotContext, typed: string): Promise<void> {
  const { sportMenu: texts, common } = ctx.texts
  const undeleted = await deleteTyped(ctx)
  const isFile = hasFile(ctx.message)
  if (isFile && !(await takeTokens(ctx, costs.link))) return sayTooMany(ctx)
  const paste = await readPaste(ctx, typed, 'sp-cookie')
  if (paste.kind === 'waits') return
  if (paste.kind === 'problem') return askFor(ctx, paste.again, undeleted, common.paste[paste.problem])
  // A text may be one of several parts: what came of it is kept, and the limit counts it as one.
  if (!isFile && !(await takeTokens(ctx, costs.link))) {
    ctx.prefer(paste.again)
    return sayTooMany(ctx)
  }
  const { SPORTRICK_BASE } = readConfig(ctx.deps.env, ['SPORTRICK_BASE'])
  const { cookies } = parsePaste(paste.text, SPORTRICK_BASE)
  if (Object.keys(cookies).length === 0) {
    return askFor(ctx, paste.again, undeleted, texts.sessionWrong)
  }
  const answer = await ask(ctx, (student) => student.linkSession(requestKey(ctx), cookies))
  if (!answer.ok) return showRefusal(ctx, answer.refusal)
  ctx.prefer(awaitLeftovers(ctx))
  await ctx.commit()
  if (undeleted) await ctx.say(ctx.view(undeleted))
  await askToShare(ctx)
  await follow(ctx, answer.value.actionId)
}

/** Deletes a pasted session from the chat, even if its sender may not use sport. */
async function sessionCommand(ctx: BotContext, next: NextFunction): Promise<void> {
  if (ctx.maySportHere)
    return ctx.argument === '' && !hasFile(ctx.message) ? askSession(ctx) : handIn(ctx, ctx.argument)
  if (ctx.argument !== '' || hasFile(ctx.message)) await deleteTyped(ctx)
  await next()
}

const unlinkAsk = (ctx: BotContext): Promise<void> =>
  page(
    ctx,
    ctx.texts.sportMenu.unlinkAsk,
    [[button(ctx.texts.sportMenu.unlinkYes, 'sp-unlink-yes')]],
    ['sp-link'],
  )

const unlink = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.unlink(requestKey(ctx)),
    () => ctx.show(ctx.view(ctx.texts.sportMenu.unlinked, [footer(ctx)])),
  )

/** *Collega il mio account*, typed step by step, as a pasted session, or in our page; *Scollega*. */
export const account = new Composer<BotContext>()
account.command(['collega', 'link'], show)
account.command(['scollega', 'unlink'], unlinkAsk)
account.callbackQuery(pressed('sp-link'), show)
// Messages of older versions have a button with the second verb.
account.callbackQuery([pressed('sp-link-chat'), pressed('sp-link-cookie')], askWhere)
account.callbackQuery(pressed('sp-type'), rateLimit(costs.link), startTyping)
account.callbackQuery(pressed('sp-paste'), askSession)
account.callbackQuery(pressed('sp-share'), share)
account.callbackQuery(pressed('sp-unlink'), unlinkAsk)
account.callbackQuery(pressed('sp-unlink-yes'), unlink)

/** `/sessione_sport`: its text is deleted for every sender. */
export const sportSession = new Composer<BotContext>()
sportSession.command(['sessione_sport', 'sport_session'], sessionCommand, studentsOnly)

/** What is typed step by step. */
export const accountAnswers = new Composer<BotContext>()
accountAnswers.filter(answers('sp-user'), typedUsername)
accountAnswers.filter(answers('sp-pass'), typedPassword)
accountAnswers.filter(answers('sp-otp'), typedOtp)
accountAnswers.filter(answers('sp-cookie'), (ctx) => handIn(ctx, ctx.text.trim()))
