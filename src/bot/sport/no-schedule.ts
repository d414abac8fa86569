import { button } from '../../delivery/button-data.ts'
import type { BotContext } from '../context.ts'
import { ask } from './own-student.ts'
import { page } from './sport-screen.ts'

/** Says that nobody has read the schedule yet, and offers to read it with the sender's account, which must agree to that. */
export async function showNoSchedule(
  ctx: BotContext,
  back?: [verb: string, ...args: (string | number)[]],
): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const account = await ask(ctx, (student) => student.account())
  const mayOffer = account.ok && account.value.state === 'linked' && account.value.sharesSchedule !== true
  await page(
    ctx,
    mayOffer ? texts.noScheduleShare : texts.noSchedule,
    mayOffer ? [[button(texts.shareYes, 'sp-share', 1)]] : [],
    back,
  )
}
