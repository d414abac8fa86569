import { Composer } from 'grammy'
import { FALSE_ALARM, reportedAlert } from '../passport/alerts/false-alarm-button.ts'
import { reportFalseAlarm } from '../passport/alerts/false-alarms.ts'
import { pressed } from './buttons.ts'
import type { BotContext } from './context.ts'
import { adminsOnly } from './guards.ts'

async function report(ctx: BotContext): Promise<void> {
  await ctx.commit([reportFalseAlarm(ctx.chatRow.id, reportedAlert(ctx.args), ctx.now)])
  ctx.toast(ctx.texts.alerts.falseAlarmThanks)
  await ctx.answerPress()
}

/**
 * The button that reports an alert as false; an alert has it once all its slots are gone. In a group administrators
 * report, as they alone change what the group gets.
 */
export const falseAlarm = new Composer<BotContext>()
falseAlarm.callbackQuery(pressed(FALSE_ALARM), adminsOnly, report)
