import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { romeDate, romeTime } from '../../platform/time.ts'
import type { ActionReason, HistoryEntry } from '../../sport/student-types.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { rateLimit } from '../rate-limit.ts'
import { sendFile } from './send-file.ts'
import { page, withAnswer } from './sport-screen.ts'

/** Entries that the chat shows; the file has them all. */
const SHOWN = 20

function entryLine(ctx: BotContext, entry: HistoryEntry): string {
  const { sportMenu: texts, sport } = ctx.texts
  const { name, date, start } = entry
  const about =
    name !== null && date !== null && start !== null
      ? sport.classLine({ name, date, start, location: entry.location ?? '' })
      : ''
  const reasons: Record<ActionReason, string> = sport.reasons
  const why = entry.reason === null ? '' : `\n   ${reasons[entry.reason]}`
  const when = `${ctx.texts.dates.full(romeDate(entry.at))} ${romeTime(entry.at)}`
  return `${texts.historyKinds[entry.what]}${about === '' ? '' : `: ${about}`} (${when})${why}`
}

const show = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.history(SHOWN),
    (entries) => {
      const { sportMenu: texts } = ctx.texts
      return entries.length === 0
        ? page(ctx, texts.historyNone)
        : page(
            ctx,
            lines(FormattedString.bold(texts.historyTitle), ...entries.map((entry) => entryLine(ctx, entry))),
            [[button(texts.csv, 'sp-csv')]],
          )
    },
  )

const sendCsv = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.exportCsv(),
    (csv) => sendFile(ctx, ctx.texts.sportMenu.csvName, csv, ctx.texts.sportMenu.csvCaption),
  )

/** *Storico*: what was booked, cancelled, released, and why not; the whole of it as CSV. */
export const history = new Composer<BotContext>()
history.command(['storico', 'history'], show)
history.callbackQuery(pressed('sp-history'), show)
history.callbackQuery(pressed('sp-csv'), rateLimit(5), sendCsv)
