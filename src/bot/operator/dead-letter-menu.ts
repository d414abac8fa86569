import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import {
  countDeadLetters,
  type DeadLetter,
  dropDeadLetter,
  listDeadLetters,
  replayDeadLetter,
} from '../../delivery/dead-letters.ts'
import { lines } from '../../delivery/message.ts'
import { readAvailabilityNudge, readOutboundNudge } from '../../delivery/nudges.ts'
import { ago } from '../../platform/ago.ts'
import { log } from '../../platform/log.ts'
import { homeButton, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { operatorsOnly, privateOnly } from '../guards.ts'

/** Dead letters shown at once, newest first. */
const MOST_SHOWN = 10

/** The part of a queue's producer that is used. */
interface Producer {
  send(body: unknown): Promise<unknown>
}

/** The queue that a dead letter is sent to again; undefined for an unknown one. */
function queueOf(ctx: BotContext, queue: string): Producer | undefined {
  const { AVAILABILITY, OUTBOUND } = ctx.deps.env as Partial<Record<'AVAILABILITY' | 'OUTBOUND', Producer>>
  if (queue.endsWith('-availability')) return AVAILABILITY
  return queue.endsWith('-outbound') ? OUTBOUND : undefined
}

/** What a dead letter ("unprocessed message" in the texts) was about, in words; bodies contain no person's text. */
function about({ service: texts }: BotContext['texts'], { queue, body }: DeadLetter): string {
  const alert = queue.endsWith('-availability') ? readAvailabilityNudge(body) : undefined
  if (alert) return texts.letterAvailability(alert.alertId.slice(0, 80))
  if (queue.endsWith('-outbound') && readOutboundNudge(body)) return texts.letterOutbound
  return texts.letterUnknown(queue.slice(0, 80))
}

async function show(ctx: BotContext): Promise<void> {
  const texts = ctx.texts.service
  const [listed, total] = await Promise.all([listDeadLetters(ctx.db, MOST_SHOWN), countDeadLetters(ctx.db)])
  const more = total - listed.length
  await ctx.show(
    ctx.view(
      lines(
        FormattedString.bold(texts.lettersTitle),
        listed.length === 0 && texts.lettersNone,
        ...listed.map((one) =>
          texts.letter(one.id, about(ctx.texts, one), ago(ctx.chatRow.language, ctx.now - one.at)),
        ),
        more > 0 && texts.lettersMore(more),
      ),
      [
        ...listed.map(({ id }) => [
          button(texts.replay(id), 'letter-replay', id),
          button(texts.drop(id), 'letter-drop', id),
        ]),
        listed.length > 1 ? [button(texts.replayAll, 'letter-all')] : [],
        [button(texts.refresh, 'letters'), homeButton(ctx)],
      ],
    ),
  )
}

const idIn = (ctx: BotContext): number => (/^\d{1,15}$/.test(ctx.args[0] ?? '') ? Number(ctx.args[0]) : 0)

/** Sends a letter to its queue again. */
async function sendAgain(ctx: BotContext, id: number): Promise<'sent' | 'gone' | 'no-queue'> {
  let known = true
  const found = await replayDeadLetter(ctx.db, id, async (name, body) => {
    const queue = queueOf(ctx, name)
    known = queue !== undefined
    await queue?.send(body)
    return known
  })
  log('info', 'dead-letter-replayed', { id, found, known, trace: ctx.trace })
  if (!known) return 'no-queue'
  return found ? 'sent' : 'gone'
}

async function replay(ctx: BotContext): Promise<void> {
  const texts = ctx.texts.service
  const outcome = await sendAgain(ctx, idIn(ctx))
  ctx.toast({ sent: texts.replayed, gone: texts.letterGone, 'no-queue': texts.noQueue }[outcome])
  await show(ctx)
}

async function replayAll(ctx: BotContext): Promise<void> {
  for (const { id } of await listDeadLetters(ctx.db, MOST_SHOWN)) await sendAgain(ctx, id)
  ctx.toast(ctx.texts.service.replayed)
  await show(ctx)
}

async function drop(ctx: BotContext): Promise<void> {
  const { service: texts, common } = ctx.texts
  const id = idIn(ctx)
  if (ctx.args[1] !== 'yes') {
    return ctx.show(
      ctx.view(texts.dropAsk(id), [
        [button(texts.dropYes, 'letter-drop', id, 'yes'), button(common.cancel, 'letters')],
      ]),
    )
  }
  const dropped = await dropDeadLetter(ctx.db, id)
  log('info', 'dead-letter-dropped', { id, dropped, trace: ctx.trace })
  ctx.toast(dropped ? texts.dropped : texts.letterGone)
  await show(ctx)
}

/** /lettere: queue messages that failed too often, to be looked at, sent again or dropped. */
export const deadLetters = new Composer<BotContext>()
deadLetters.command(['lettere', 'letters'], operatorsOnly, privateOnly, show)
deadLetters.callbackQuery(pressed('letters'), operatorsOnly, privateOnly, show)
deadLetters.callbackQuery(pressed('letter-replay'), operatorsOnly, privateOnly, replay)
deadLetters.callbackQuery(pressed('letter-all'), operatorsOnly, privateOnly, replayAll)
deadLetters.callbackQuery(pressed('letter-drop'), operatorsOnly, privateOnly, drop)
