import type { Statement } from '../../db/database.ts'
import type { OutboxMessage } from '../../delivery/outbox.ts'

/** Some of the messages of an alert, saved in one transaction together with how far the fan-out got. */
export interface FanOutPage {
  messages: OutboxMessage[]
  /** Saved in the same transaction. */
  extra?: Statement[]
  /** Where the next page begins, as `alerts.cursor` keeps it; undefined: this is the last page. */
  next: string | undefined
}

/** Reads the page that begins at `cursor` (null: the first one) and looks at no more than `limit` rows. */
export type ReadPage = (cursor: string | null, limit: number, now: number) => Promise<FanOutPage>
