import type { Database } from '../../db/database.ts'
import { firstPart } from '../../delivery/channels/telegram/split-message.ts'
import type { Message } from '../../delivery/content.ts'
import { languageOf } from '../../delivery/delivery-store.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import type { Rendered, ToRender } from '../../delivery/renderer.ts'
import type { RomeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { ONE_PLACE } from '../follow/several-places.ts'
import { byTime } from '../rules/known-office.ts'
import { alertButtons, headline, officeBlock, togetherLines } from './alert-message.ts'
import { type AlertNews, anyWish, readAlertNews } from './alert-news.ts'
import { readDigestRef } from './rendered-content.ts'
import { type Followed, inThread, listedSlots, readFollowed, readSent, wantedSlots } from './wanted-slots.ts'

/** The most appointments of which a digest warns: it stays one message. */
const MOST_WARNINGS = 2

/** The blocks of a digest, one an alert; alerts without slots are left out. @returns undefined when none is left */
function digestMessage(
  item: ToRender,
  news: ReadonlyMap<string, AlertNews>,
  portalOrigin: string,
  slotsOf: (alert: AlertNews) => AlertNews['slots'],
  bookedIn: (province: string) => RomeDate | null,
): Message | undefined {
  const texts = textsIn(languageOf(item.chat))
  const wish = item.chat ?? ONE_PLACE
  const listed = new Set<string>()
  const parts = readDigestRef(item.ref).flatMap((id) => {
    const alert = news.get(id)
    const office = alert?.office
    if (!office) return []
    const slots = slotsOf(alert).filter(({ date, time, gone }) => {
      // To a chat that needs several places, several alerts of an office may list the same slots.
      const key = `${office.id} ${date} ${time} ${gone}`
      const isRepeated = anyWish([item.chat]) && listed.has(key)
      listed.add(key)
      return !isRepeated
    })
    if (slots.length === 0) return []
    return [{ province: alert.province, office, slots }]
  })
  const blocks = parts.map(({ office, slots }, n) => {
    // The days of an office are added up in its last block: several alerts may list slots of one day.
    const ofOffice = parts.filter((part) => part.office.id === office.id)
    const days = parts.slice(n + 1).some((part) => part.office.id === office.id)
      ? []
      : togetherLines(texts, ofOffice.flatMap((part) => part.slots).sort(byTime), wish)
    return officeBlock(texts, office, slots, days)
  })
  if (parts.length === 0) return undefined
  const slots = parts.flatMap((part) => part.slots)
  const byProvince = new Map(
    [...Map.groupBy(parts, ({ province }) => province)].map(([province, ofProvince]) => [
      province,
      ofProvince.flatMap((part) => part.slots),
    ]),
  )
  const provinces = [...byProvince.keys()]
  const booked = new Set(provinces.flatMap((province) => bookedIn(province) ?? []))
  const text = lines(
    headline(texts, provinces, slots),
    texts.alerts.digestTitle,
    ...blocks.flatMap((block) => ['', block]),
    ...[...booked].slice(0, MOST_WARNINGS).map((date) => texts.booked.warning(texts.dates.full(date))),
  )
  return toMessage(text, alertButtons(texts, portalOrigin, byProvince, null))
}

/** The slots of an alert that a digest lists for a chat; none when it muted or does not follow the province. */
const wantedBy = ({ chat }: ToRender, alert: AlertNews, { absence, bookedDate }: Followed) =>
  absence || !chat ? [] : wantedSlots(alert, { ...chat, bookedDate })

/** One message with everything that was held in a chat's quiet hours and is still open. */
export async function renderDigests(
  db: Database,
  portalOrigin: string,
  items: readonly ToRender[],
  now: number,
): Promise<Map<number, Rendered>> {
  const idsOf = new Map(items.map((item) => [item, readDigestRef(item.ref)]))
  const news = await readAlertNews(db, [...idsOf.values()].flat(), anyWish(items.map(({ chat }) => chat)))
  const pairs = items.flatMap((item) => {
    const provinces = (idsOf.get(item) ?? []).flatMap((id) => news.get(id)?.province ?? [])
    return [...new Set(provinces)].map((province) => ({ chatId: item.delivery.chatId, province }))
  })
  const followed = await readFollowed(db, pairs, now)
  return new Map(
    items.map((item): [number, Rendered] => {
      const bookedIn = (province: string) => followed(item.delivery.chatId, province).bookedDate
      const message = digestMessage(
        item,
        news,
        portalOrigin,
        (alert) => wantedBy(item, alert, followed(item.delivery.chatId, alert.province)),
        bookedIn,
      )
      if (!message) return [item.delivery.id, { expired: 'slot-gone' }]
      const province = news.get(idsOf.get(item)?.[0] ?? '')?.province ?? ''
      return [item.delivery.id, inThread({ message }, followed(item.delivery.chatId, province).threadId)]
    }),
  )
}

/** The digest again, with closed slots crossed out. One whose edit does not fit into its message stays as it is. */
export async function renderDigestEdits(
  db: Database,
  portalOrigin: string,
  items: readonly ToRender[],
): Promise<Map<number, Rendered>> {
  const news = await readAlertNews(
    db,
    items.flatMap(({ ref }) => readDigestRef(ref)),
    true,
  )
  const sent = await readSent(db, items)
  return new Map(
    items.map((item): [number, Rendered] => {
      const before = sent(item)
      const message = digestMessage(
        item,
        news,
        portalOrigin,
        (alert) => listedSlots(alert, item.chat, before),
        before.bookedDate,
      )
      if (!message) return [item.delivery.id, { expired: 'slot-gone' }]
      return [item.delivery.id, firstPart(message).rest ? { expired: 'too-long' } : { message }]
    }),
  )
}
