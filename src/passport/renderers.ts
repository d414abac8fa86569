import { sql } from 'drizzle-orm'
import { type Database, transact } from '../db/client.ts'
import type { Message } from '../delivery/content.ts'
import { languageOf } from '../delivery/delivery-store.ts'
import { lines, toMessage } from '../delivery/message.ts'
import type { Rendered, Renderer, Renderers, ToRender } from '../delivery/renderer.ts'
import { HOUR } from '../platform/time.ts'
import { textsIn } from '../texts/index.ts'
import { alertButtons, alertMessage, BOOKING_PAGE, officeBlock } from './alert-message.ts'
import { type AlertNews, readAlertNews } from './alert-news.ts'
import { inQuietHours, slotWanted } from './preferences.ts'
import { provinceByCode, provinceName } from './provinces.ts'
import { summaryMessage } from './summary.ts'

/** Names of the renderers, as contents refer to them. */
export const RENDER = {
  alert: 'alert',
  strike: 'strike',
  digest: 'digest',
  summary: 'summary',
  blind: 'blind',
  sight: 'sight',
} as const

/** News older than this is of no use to anybody. */
const TOO_OLD_MS = 6 * HOUR

/** How ids of alerts about a province begin; what follows is the same for both ends of one blindness. */
const BLIND = 'blind:'
const SIGHT = 'sight:'

/** Why a follower would not want to hear of a province now; undefined: they do. */
type Absence = 'unsubscribed' | 'muted'

/** Follows and mutes of (chat, province) pairs, by `chat province`. */
async function readFollows(
  db: Database,
  pairs: readonly { chatId: number; province: string }[],
  now: number,
) {
  const [answer] = await transact(db, [
    sql`SELECT s.chat_id, s.province, s.muted_until
        FROM json_each(${JSON.stringify(pairs)}) AS j
        JOIN subscriptions s ON s.chat_id = j.value ->> 'chatId' AND s.province = j.value ->> 'province'
        WHERE s.asleep = 0`,
  ])
  const follows = new Map(
    (answer?.results ?? []).map((row) => [
      `${row.chat_id} ${row.province}`,
      (row.muted_until as number | null) ?? 0,
    ]),
  )
  return (chatId: number, province: string): Absence | undefined => {
    const mutedUntil = follows.get(`${chatId} ${province}`)
    if (mutedUntil === undefined) return 'unsubscribed'
    return mutedUntil > now ? 'muted' : undefined
  }
}

/** The slots of some news that a chat wants to hear of and that are open still. */
function wantedSlots(news: AlertNews, { chat }: ToRender, includeGone: boolean) {
  const { office, province } = news
  if (!office || !chat) return []
  return news.slots.filter(
    (slot) => (includeGone || !slot.gone) && slotWanted(chat, { id: office.id, province }, slot),
  )
}

function silenced(message: Message, { chat }: ToRender, now: number): Message {
  return chat && inQuietHours(chat, now) ? { ...message, silent: true } : message
}

/** Which of some `blind` alerts are over: the province can be read again. */
async function readSightAgain(db: Database, ids: readonly string[]): Promise<Set<string>> {
  const [answer] = await transact(db, [
    sql`SELECT j.value AS id FROM json_each(${JSON.stringify([...new Set(ids)])}) AS j
        JOIN alerts a ON a.id = ${SIGHT} || substr(j.value, ${BLIND.length + 1})`,
  ])
  return new Set((answer?.results ?? []).map((row) => String(row.id)))
}

/** The renderers of the passport path. @param portalOrigin where citizens book */
export function passportRenderers(db: Database, portalOrigin: string): Renderers {
  /** Renders each delivery whose `ref` is an alert, if its chat still wants to hear of that province. */
  const ofAlerts =
    (render: (item: ToRender, news: AlertNews, now: number) => Rendered): Renderer =>
    async (items, now) => {
      const news = await readAlertNews(
        db,
        items.map(({ ref }) => ref),
      )
      const absence = await readFollows(
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
          const absent = absence(item.delivery.chatId, alert.province)
          if (absent) return [item.delivery.id, { expired: absent }]
          if (now - alert.createdAt > TOO_OLD_MS) return [item.delivery.id, { expired: 'too-old' }]
          return [item.delivery.id, render(item, alert, now)]
        }),
      )
    }

  const alertOf = (item: ToRender, news: AlertNews, slots: AlertNews['slots']): Rendered => {
    const { office, province, bookableAt } = news
    if (!office || slots.length === 0) return { expired: 'slot-gone' }
    const texts = textsIn(languageOf(item.chat))
    return { message: alertMessage(texts, { province, office, slots, bookableAt, portalOrigin }) }
  }

  return {
    [RENDER.alert]: ofAlerts((item, news, now) => {
      const rendered = alertOf(item, news, wantedSlots(news, item, false))
      return 'message' in rendered ? { message: silenced(rendered.message, item, now) } : rendered
    }),
    [RENDER.strike]: ofAlerts((item, news) => alertOf(item, news, wantedSlots(news, item, true))),
    [RENDER.blind]: async (items, now) => {
      const over = await readSightAgain(
        db,
        items.map(({ ref }) => ref),
      )
      return ofAlerts((item, news) => {
        if (over.has(item.ref)) return { expired: 'sight-again' }
        const texts = textsIn(languageOf(item.chat))
        return { message: silenced(toMessage(texts.alerts.blind(provinceName(news.province))), item, now) }
      })(items, now)
    },
    [RENDER.sight]: ofAlerts((item, news, now) => {
      const texts = textsIn(languageOf(item.chat))
      return { message: silenced(toMessage(texts.alerts.sight(provinceName(news.province))), item, now) }
    }),
    [RENDER.summary]: async (items) => {
      const written = await Promise.all(
        items.map(async ({ delivery, chat, ref }): Promise<[number, Rendered]> => {
          if (!chat) return [delivery.id, { expired: 'chat-gone' }]
          if (!provinceByCode(ref)) return [delivery.id, { expired: 'province-unknown' }]
          const message = await summaryMessage(db, {
            province: ref,
            chat,
            bookingUrl: `${portalOrigin}${BOOKING_PAGE}`,
          })
          return [delivery.id, { message }]
        }),
      )
      return new Map(written)
    },
    [RENDER.digest]: (items, now) => renderDigests(db, portalOrigin, items, now),
  }
}

/** What was held back in a chat's quiet hours and is open still, in one message. `ref` is the JSON list of alert ids. */
async function renderDigests(
  db: Database,
  portalOrigin: string,
  items: readonly ToRender[],
  now: number,
): Promise<Map<number, Rendered>> {
  const idsOf = (item: ToRender) => JSON.parse(item.ref) as string[]
  const news = await readAlertNews(db, items.flatMap(idsOf))
  const absence = await readFollows(
    db,
    items.flatMap((item) =>
      idsOf(item).map((id) => ({ chatId: item.delivery.chatId, province: news.get(id)?.province ?? '' })),
    ),
    now,
  )
  return new Map(
    items.map((item): [number, Rendered] => {
      const texts = textsIn(languageOf(item.chat))
      const parts = idsOf(item).flatMap((id) => {
        const alert = news.get(id)
        if (!alert?.office || absence(item.delivery.chatId, alert.province)) return []
        const slots = wantedSlots(alert, item, false)
        return slots.length > 0 ? [{ alert, block: officeBlock(texts, alert.office, slots) }] : []
      })
      const [first] = parts
      if (!first) return [item.delivery.id, { expired: 'slot-gone' }]
      const text = lines(texts.alerts.digestTitle, ...parts.flatMap(({ block }) => ['', block]))
      return [
        item.delivery.id,
        { message: toMessage(text, alertButtons(texts, portalOrigin, first.alert.province)) },
      ]
    }),
  )
}
