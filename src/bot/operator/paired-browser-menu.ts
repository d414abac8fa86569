import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import type { Message } from '../../delivery/content.ts'
import { lines, type Text } from '../../delivery/message.ts'
import {
  BROWSERS,
  CODE_LIFETIME,
  listBrowsers,
  openPairing,
  unpairBrowser,
} from '../../passport/sessions/paired-browsers.ts'
import { ago } from '../../platform/ago.ts'
import { readConfig } from '../../platform/config.ts'
import { readId } from '../../platform/id.ts'
import { MINUTE } from '../../platform/time.ts'
import { homeButton, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { operatorsOnly, privateOnly } from '../guards.ts'

/** A text, and the buttons under it. */
interface Part {
  text: Text
  rows: InlineKeyboardButton[][]
}

/** The operator's paired browsers, each with a button that unpairs it, and one that pairs another. */
export async function pairedBrowsersPart(ctx: BotContext): Promise<Part> {
  const texts = ctx.texts.portalSessions
  const { language, id } = ctx.chatRow
  const browsers = await listBrowsers(ctx.db, id)
  return {
    text: lines(
      texts.pairHint,
      ...browsers.map(({ browser, createdAt, lastUsedAt }) =>
        texts.paired(
          BROWSERS[browser],
          ago(language, ctx.now - createdAt),
          ago(language, ctx.now - lastUsedAt),
        ),
      ),
    ),
    rows: [
      [button(texts.pair, 'portal-pair')],
      ...browsers.map((one) => [
        button(texts.unpair(BROWSERS[one.browser], one.id), 'portal-unpair', one.id),
      ]),
    ],
  }
}

async function browsersView(ctx: BotContext): Promise<Message> {
  const { text, rows } = await pairedBrowsersPart(ctx)
  return ctx.view(text, [...rows, [homeButton(ctx)]])
}

/** Shows a new code with the installation's address, in one line to copy. */
async function pair(ctx: BotContext): Promise<void> {
  const texts = ctx.texts.portalSessions
  const { PUBLIC_URL: address } = ctx.deps.settings
  if (address === undefined) return ctx.say(ctx.view(texts.pairNoAddress))
  const { ENCRYPTION_KEY: keys } = readConfig(ctx.deps.env, ['ENCRYPTION_KEY'])
  const { code, statements } = await openPairing(ctx.chatRow.id, keys, ctx.now)
  await ctx.commit(statements)
  const line = `${address} ${code}`
  await ctx.say(
    ctx.view(
      lines(texts.pairCode(CODE_LIFETIME / MINUTE), '', FormattedString.code(line), '', texts.pairBuild),
      [[{ text: texts.pairCopy, copy_text: { text: line.slice(0, 256) } }], [homeButton(ctx)]],
    ),
  )
}

async function unpair(ctx: BotContext): Promise<void> {
  const id = readId(ctx.args[0])
  if (id !== null) await ctx.commit([unpairBrowser(ctx.chatRow.id, id)])
  ctx.toast(ctx.texts.portalSessions.unpaired)
  await ctx.show(await browsersView(ctx))
}

/** Buttons under /sessione: operators pair the browser extension, and end a pairing. */
export const pairedBrowsers = new Composer<BotContext>()
pairedBrowsers.callbackQuery(pressed('portal-pair'), operatorsOnly, privateOnly, pair)
pairedBrowsers.callbackQuery(pressed('portal-unpair'), operatorsOnly, privateOnly, unpair)
