import { sql } from 'drizzle-orm'
import { inQuietHours } from '../../chats/quiet-hours.ts'
import { type Database, transact } from '../../db/database.ts'
import type { Message } from '../../delivery/content.ts'
import { languageOf } from '../../delivery/delivery-store.ts'
import { toMessage } from '../../delivery/message.ts'
import type { Rendered, Renderer, Renderers, ToRender } from '../../delivery/renderer.ts'
import { HOUR, type RomeDate, romeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { expiredFilterMessage, filterExpired } from '../follow/expired-filters.ts'
import { ONE_PLACE } from '../follow/several-places.ts'
import { readOpenSlots } from '../open-slots.ts'
import { provinceByCode, provinceName } from '../provinces/provinces.ts'
import { alertMessage } from './alert-message.ts'
import { type AlertNews, anyWish, readAlertNews } from './alert-news.ts'
import { alternativesMessage } from './alternatives.ts'
import { renderDigestEdits, renderDigests } from './digest-renderers.ts'
import { earlyNoticeMessage, isOutdated } from './early-notice.ts'
import { RENDER, recoveryOf } from './rendered-content.ts'
import { summaryMessage } from './summary.ts'
import { inThread, listedSlots, readFollowed, readFollowing, readSent, wantedSlots } from './wanted-slots.ts'

/** An alert older than this (ms) is not sent. */
const TOO_OLD_MS = 6 * HOUR

/** Why an alert is not sent any more, whatever its chat wants; undefined: it is. */
type Lateness = (news: AlertNews, now: number) => string | undefined

const tooOld: Lateness = ({ createdAt }, now) => (now - createdAt > TOO_OLD_MS ? 'too-old' : undefined)
const opened: Lateness = (news, now) => (isOutdated(news, now) ? 'opened' : undefined)

function silenced(message: Message, { chat }: ToRender, now: number): Message {
  return chat && inQuietHours(chat, now) ? { ...message, silent: true } : message
}

/** Telegram's animation of confetti. */
const ALERT_EFFECT = '5046509860389126442'

/** An alert as its chat wants it to arrive: without a sound in quiet hours, else perhaps with an animation. */
function asWished(message: Message, item: ToRender, now: number): Message {
  const alert = silenced(message, item, now)
  const { chat } = item
  return chat?.alertEffect && chat.kind === 'private' && !alert.silent
    ? { ...alert, effect: ALERT_EFFECT }
    : alert
}

/** Which of the outages are over. @param ids of their outage notices */
async function readRecovered(db: Database, ids: readonly string[]): Promise<Set<string>> {
  const pairs = [...new Set(ids)].map((id) => ({ id, recovery: recoveryOf(id) }))
  const [answer] = await transact(db, [
    sql`SELECT j.value ->> 'id' AS id FROM json_each(${JSON.stringify(pairs)}) AS j
        JOIN alerts a ON a.id = j.value ->> 'recovery'`,
  ])
  return new Set((answer?.results ?? []).map((row) => String(row.id)))
}

/**
 * The renderers of the passport path.
 * @param portalOrigin where citizens book
 * @param publicUrl where the edge Worker is reached; absent: messages do not link to it
 */
export function passportRenderers(db: Database, portalOrigin: string, publicUrl?: string): Renderers {
  /** Renders each delivery whose `ref` is an alert, if its chat still wants alerts of that province. */
  const ofAlerts =
    (
      render: (item: ToRender, news: AlertNews, now: number, bookedDate: RomeDate | null) => Rendered,
      lateness: Lateness = tooOld,
    ): Renderer =>
    async (items, now) => {
      const news = await readAlertNews(
        db,
        items.map(({ ref }) => ref),
        anyWish(items.map(({ chat }) => chat)),
      )
      const followed = await readFollowed(
        db,
        items.map(({ delivery, ref }) => ({
          chatId: delivery.chatId,
          province: news.get(ref)?.province ?? '',
        })),
        now,
      )
      return new Map(
        items.map((item): [number, Rendered] => {
          const alert = news.get(item.ref)
          if (!alert) return [item.delivery.id, { expired: 'alert-gone' }]
          const { absence, threadId, bookedDate } = followed(item.delivery.chatId, alert.province)
          if (absence) return [item.delivery.id, { expired: absence }]
          const late = lateness(alert, now)
          if (late) return [item.delivery.id, { expired: late }]
          return [item.delivery.id, inThread(render(item, alert, now, bookedDate), threadId)]
        }),
      )
    }

  const alertOf = (
    item: ToRender,
    news: AlertNews,
    slots: AlertNews['slots'],
    bookedDate: RomeDate | null,
  ): Rendered => {
    const { office, province, bookableAt } = news
    if (!office || slots.length === 0) return { expired: 'slot-gone' }
    const texts = textsIn(languageOf(item.chat))
    const { id } = news
    const isNew = slots.some((slot) => news.slots.includes(slot))
    const wish = item.chat ?? ONE_PLACE
    const alert = { id, province, office, slots, isNew, wish, bookedDate, bookableAt, portalOrigin }
    return { message: alertMessage(texts, alert) }
  }

  return {
    [RENDER.alert]: ofAlerts((item, news, now, bookedDate) => {
      const slots = item.chat ? wantedSlots(news, { ...item.chat, bookedDate }) : []
      const rendered = alertOf(item, news, slots, bookedDate)
      return 'message' in rendered ? { message: asWished(rendered.message, item, now) } : rendered
    }),
    [RENDER.earlyNotice]: ofAlerts((item, news, _, bookedDate) => {
      const { chat } = item
      if (!chat?.earlyNotice) return { expired: 'not-asked-for' }
      const { office, province, bookableAt, createdAt } = news
      // Other slots of these days can be booked already.
      const slots = wantedSlots({ ...news, sameDay: [] }, { ...chat, bookedDate })
      if (!office || bookableAt === null || slots.length === 0) return { expired: 'slot-gone' }
      const { language } = chat
      const notice = { province, office, slots, wish: chat, bookableAt, language, publicUrl }
      return { message: earlyNoticeMessage(textsIn(language), { ...notice, day: romeDate(createdAt) }) }
    }, opened),
    // An edit corrects a message that was sent: age, mute, subscription and filters do not matter.
    [RENDER.closedSlotEdit]: async (items) => {
      const news = await readAlertNews(
        db,
        items.map(({ ref }) => ref),
        true,
      )
      const sent = await readSent(db, items)
      return new Map(
        items.map((item): [number, Rendered] => {
          const alert = news.get(item.ref)
          if (!alert) return [item.delivery.id, { expired: 'alert-gone' }]
          const message = sent(item)
          const slots = listedSlots(alert, item.chat, message)
          return [item.delivery.id, alertOf(item, alert, slots, message.bookedDate(alert.province))]
        }),
      )
    },
    [RENDER.outageNotice]: async (items, now) => {
      const over = await readRecovered(
        db,
        items.map(({ ref }) => ref),
      )
      return ofAlerts((item, news) => {
        if (over.has(item.ref)) return { expired: 'sight-again' }
        const texts = textsIn(languageOf(item.chat))
        return { message: silenced(toMessage(texts.alerts.blind(provinceName(news.province))), item, now) }
      })(items, now)
    },
    [RENDER.recoveryNotice]: ofAlerts((item, news, now) => {
      const texts = textsIn(languageOf(item.chat))
      return { message: silenced(toMessage(texts.alerts.sight(provinceName(news.province))), item, now) }
    }),
    [RENDER.alternatives]: ofAlerts((item, { province }) => {
      const texts = textsIn(languageOf(item.chat))
      return { message: { ...alternativesMessage(texts, province, portalOrigin), silent: true } }
    }),
    [RENDER.summary]: async (items, now) => {
      const followed = await readFollowed(
        db,
        items.map(({ delivery, ref }) => ({ chatId: delivery.chatId, province: ref })),
        now,
      )
      const offices = await readOpenSlots(db, [...new Set(items.map(({ ref }) => ref))])
      return new Map(
        items.map(({ delivery, chat, ref }): [number, Rendered] => {
          if (!chat) return [delivery.id, { expired: 'chat-gone' }]
          if (!provinceByCode(ref)) return [delivery.id, { expired: 'province-unknown' }]
          const here = offices.filter(({ province }) => province === ref)
          const { threadId, bookedDate } = followed(chat.id, ref)
          const message = summaryMessage(here, { province: ref, chat: { ...chat, bookedDate }, portalOrigin })
          return [delivery.id, inThread({ message }, threadId)]
        }),
      )
    },
    [RENDER.filterExpired]: async (items, now) => {
      const following = await readFollowing(
        db,
        items.map(({ delivery }) => delivery.chatId),
      )
      return new Map(
        items.map((item): [number, Rendered] => {
          const { delivery, chat, ref } = item
          if (!chat || !following.has(chat.id)) return [delivery.id, { expired: 'unsubscribed' }]
          if (chat.onlyBefore !== ref || !filterExpired(chat, romeDate(now)))
            return [delivery.id, { expired: 'filter-changed' }]
          const message = silenced(expiredFilterMessage(textsIn(languageOf(chat)), ref), item, now)
          return [delivery.id, inThread({ message }, following.get(chat.id) ?? null)]
        }),
      )
    },
    [RENDER.digest]: (items, now) => renderDigests(db, portalOrigin, items, now),
    [RENDER.digestEdit]: (items) => renderDigestEdits(db, portalOrigin, items),
  }
}
