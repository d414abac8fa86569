import { button } from '../delivery/button-data.ts'
import type { Message } from '../delivery/content.ts'
import { lines } from '../delivery/message.ts'
import { isMuted } from '../passport/follow/follows.ts'
import { provinceName } from '../passport/provinces/provinces.ts'
import { romeTime } from '../platform/time.ts'
import { homeButton } from './buttons.ts'
import type { BotContext } from './context.ts'
import { muteToggle } from './muting.ts'

/** Provinces with a button on one page of the list. */
const PAGE = 10

/** What the chat follows, with a button to add one and one that opens each. @param note first line */
export function mineView(ctx: BotContext, page = 0, note?: string): Message {
  const { passport } = ctx.texts
  const pages = Math.max(1, Math.ceil(ctx.follows.length / PAGE))
  const at = Math.min(Math.max(0, page), pages - 1)
  const items = ctx.follows.map((follow) =>
    follow.bookedDate !== null
      ? ctx.texts.booked.item(provinceName(follow.province), follow.province)
      : isMuted(follow, ctx.now)
        ? passport.followingMuted(
            provinceName(follow.province),
            follow.province,
            romeTime(follow.mutedUntil ?? 0),
          )
        : passport.followingItem(provinceName(follow.province), follow.province),
  )
  const text =
    items.length === 0
      ? passport.followingNone
      : lines(passport.following, ...items, '', passport.followingHow)
  return ctx.view(note === undefined ? text : lines(note, '', text), [
    [button(passport.add, 'regions')],
    ...ctx.follows
      .slice(at * PAGE, (at + 1) * PAGE)
      .map((follow) => [
        button(passport.open(provinceName(follow.province)), 'ask', follow.province),
        ...(isMuted(follow, ctx.now) ? [muteToggle(ctx, follow, 'mine')] : []),
      ]),
    [
      ...(at > 0 ? [button(passport.previous, 'mine', at - 1)] : []),
      ...(at < pages - 1 ? [button(passport.next, 'mine', at + 1)] : []),
    ],
    ...(ctx.follows.length >= 2 ? [[button(passport.removeAll, 'drop-all')]] : []),
    [homeButton(ctx)],
  ])
}
