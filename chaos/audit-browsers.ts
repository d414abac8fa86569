import { doubtAbout } from './in-doubt.ts'
import { readRows } from './stored-rows.ts'
import type { World } from './world.ts'

/** What a push service answered is written within this time (ms), also while the database is locked for a moment. */
const WRITTEN_MS = 4_000

/**
 * Browsers that gave up their subscription: once the push service has said so, the chat has ended, and nothing more is sent
 * to it, unless the Workers could not note it.
 */
export function auditBrowsers(world: World): string[] {
  const { browsers, push, disturbances, stateDir } = world
  return browsers.flatMap(({ chatId, endedAt, subscriber }) => {
    const [chat] = readRows<{ status: string; awake: number }>(
      stateDir,
      `SELECT status, (SELECT count(*) FROM subscriptions WHERE chat_id = ${chatId} AND asleep = 0) AS awake
       FROM chats WHERE id = ${chatId}`,
    )
    const isEnded = chat?.status === 'gone' && chat.awake === 0
    const said = push.service.ended.filter(({ endpoint }) => endpoint === subscriber.endpoint)
    const known = said.find(
      (call) =>
        !doubtAbout(world, call) &&
        disturbances.every(({ from, until }) => until < call.at || from > call.at + WRITTEN_MS),
    )
    const wrong: string[] = []
    if (endedAt === undefined && chat?.status !== 'active') wrong.push(`${chatId} ended without a reason`)
    if (known && !isEnded) wrong.push(`${chatId} goes on since ${known.at}: ${JSON.stringify(chat)}`)
    // A slow request may come from Workers that ended before the push service answered anything.
    const after = said.filter(({ askedAt }) => known && askedAt > known.at + WRITTEN_MS)
    if (after.length > 0)
      wrong.push(
        `${chatId} ended at ${known?.at} and was written to at ${after.map(({ at }) => at).join(', ')}`,
      )
    return wrong
  })
}

/**
 * Reports of false alarms: each is stored once, and nothing else is. A slot of an office of which there are many is announced
 * only by a later reading than the one that saw it first.
 */
export function auditReports({ reports, stateDir }: World): string[] {
  const hasty = readRows<{ alert: string; slot: string }>(
    stateDir,
    `SELECT a.id AS alert, slot.value AS slot FROM alerts a JOIN offices o ON o.id = a.office_id AND o.unsteady = 1,
       json_each(a.slots) AS slot
     WHERE a.kind = 'open' AND EXISTS (
       SELECT 1 FROM slot_events e WHERE e.kind = 'seen' AND e.office_id = a.office_id AND e.at = a.created_at
         AND e.date = slot.value ->> 0 AND e.time = slot.value ->> 1)`,
  )
  const stored = readRows<{ name: string }>(
    stateDir,
    "SELECT alert_id || ' of ' || chat_id AS name FROM false_alarms",
  ).map(({ name }) => name)
  const made = reports.map(({ data, chat }) => `${data.replace(/^1:false-alarm:/, 'open:')} of ${chat.id}`)
  return [
    ...hasty.map(({ alert, slot }) => `${alert} announced ${slot} at first sight`),
    ...made.filter((name) => !stored.includes(name)).map((name) => `${name}: not stored`),
    ...stored.filter((name) => !made.includes(name)).map((name) => `${name}: nobody reported it`),
  ]
}
