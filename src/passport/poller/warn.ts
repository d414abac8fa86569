import { inArray } from 'drizzle-orm'
import type { Database, Statement } from '../../db/client.ts'
import { chats } from '../../db/schema/chats.ts'
import { enqueue } from '../../delivery/outbox.ts'
import { textsIn } from '../../texts/index.ts'
import { provinceName } from '../provinces.ts'
import type { ListSuspicion } from '../rules/suspicion.ts'

/** What an operator is warned of: one province's list, or all provinces empty at once. */
export type Suspicion = ListSuspicion | 'silent'

/**
 * The statement that warns the operators of a reading that is not believed yet: once a province, and once a round when
 * the whole portal went silent. Each in the language of their chat.
 */
export async function warnOperators(
  db: Database,
  adminIds: ReadonlySet<number>,
  what: { province: string; suspicion: Suspicion; trace: string },
  now: number,
): Promise<Statement> {
  const rows = await db
    .select({ id: chats.id, language: chats.language })
    .from(chats)
    .where(inArray(chats.id, [...adminIds]))
  const languages = new Map(rows.map((row) => [row.id, row.language]))
  const { province, suspicion, trace } = what
  const event = suspicion === 'silent' ? `portal-silent:${trace}` : `suspicious-list:${province}:${now}`
  const drafts = [...adminIds].map((chatId) => {
    const texts = textsIn(languages.get(chatId) ?? 'it').poller
    const text =
      suspicion === 'silent' ? texts.portalSilent : texts.suspiciousList[suspicion](provinceName(province))
    return {
      event,
      chatId,
      priority: 'alert' as const,
      content: { type: 'message' as const, message: { text } },
      eventAt: now,
      trace,
    }
  })
  return enqueue(drafts, now)
}
