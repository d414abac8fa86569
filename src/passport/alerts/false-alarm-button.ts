import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../../delivery/button-data.ts'
import type { Texts } from '../../texts/index.ts'

/** The verb of the button that reports an alert as false; the bot handles it. */
export const FALSE_ALARM = 'false-alarm'

const shape = /^open:([\w.-]{1,24}):([\w-]{1,20})$/

/** The row of that button; empty for an alert whose id does not fit a button's data. */
export function falseAlarmRow({ alerts }: Texts, alertId: string): InlineKeyboardButton[] {
  const [, office, trace] = shape.exec(alertId) ?? []
  return office === undefined || trace === undefined
    ? []
    : [button(alerts.falseAlarm, FALSE_ALARM, office, trace)]
}

/** The alert that a pressed button reports. */
export const reportedAlert = ([office = '', trace = '']: readonly string[]): string =>
  `open:${office}:${trace}`
