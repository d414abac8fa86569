import type { InlineKeyboardButton } from 'grammy/types'
import { button } from '../delivery/button-data.ts'
import { MUTE, UNMUTE } from '../passport/alerts/mute-buttons.ts'
import { type Follow, isMuted } from '../passport/follow/follows.ts'
import { provinceName } from '../passport/provinces/provinces.ts'
import type { BotContext } from './context.ts'

/** The view that a mute or unmute button belongs to, and that is shown after it: the button's second argument. */
export const FROM = { mine: 'mine', status: 'status', province: 'province', why: 'why' } as const

/** Muted provinces with a button of their own in the status; the list of provinces has all. */
const MOST_UNMUTE = 10

/** For each muted province a row with the button that unmutes it, and then shows the same view again. */
export const unmuteRows = (ctx: BotContext, from: 'status' | 'why'): InlineKeyboardButton[][] =>
  ctx.follows
    .filter((follow) => isMuted(follow, ctx.now))
    .slice(0, MOST_UNMUTE)
    .map(({ province }) => [
      button(ctx.texts.passport.unmuteProvince(provinceName(province)), UNMUTE, province, FROM[from]),
    ])

/** Mutes a followed province, or unmutes it, from its own view or from the list. */
export const muteToggle = (ctx: BotContext, follow: Follow, from: keyof typeof FROM): InlineKeyboardButton =>
  isMuted(follow, ctx.now)
    ? button(ctx.texts.passport.unmute, UNMUTE, follow.province, FROM[from])
    : button(ctx.texts.passport.muteToday, MUTE, follow.province, FROM[from])
