import { eq } from 'drizzle-orm'
import { type Context, Hono } from 'hono'
import { etag } from 'hono/etag'
import type { EdgeEnv } from '../bindings.d.ts'
import { connect, type Database } from '../db/database.ts'
import { chats } from '../db/schema/chats.ts'
import { students } from '../db/schema/sport.ts'
import { timingSafeEqual } from '../platform/crypto.ts'
import { describeError, log } from '../platform/log.ts'
import { SECOND } from '../platform/time.ts'
import { calendarOf, feedHashOf, readFeedPath } from '../sport/ical.ts'
import { textsIn } from '../texts/index.ts'
import { keepAliveOf, memo } from './memo.ts'

type FeedContext = Context<{ Bindings: EdgeEnv }>

/** What D1 knows of a student whose feed is asked for. */
interface FeedOwner {
  /** Hash of the token; empty: there is no feed; null: only the object knows. */
  hash: string | null
  language: 'it' | 'en'
}

/** Of somebody who has no feed: compared with like any other, so that the time says nothing. */
const NOBODY: FeedOwner = { hash: '', language: 'it' }

async function readOwner(db: Database, userId: number): Promise<FeedOwner> {
  const row = await db
    .select({ hash: students.feedHash, language: chats.language })
    .from(students)
    .leftJoin(chats, eq(chats.id, students.userId))
    .where(eq(students.userId, userId))
    .get()
  return row ? { hash: row.hash, language: row.language ?? 'it' } : NOBODY
}

/**
 * The private calendar feeds that phones subscribe to: `GET /calendar/<whose>-<token>.ics`. Whatever does not open one
 * is 404, without saying why, and wakes no object: the token's hash in D1 is compared first. 503 when the bookings are out
 * of reach, so that calendars keep what they have.
 */
export function calendarFeed({ now }: { now(): number }) {
  const owners = memo<FeedOwner>(5 * SECOND, 1_000)
  const openFeed = async (c: FeedContext, userId: number, token: string) => {
    try {
      const read = () => readOwner(connect(c.env.DB), userId)
      const { hash, language } = await owners(String(userId), now(), read, keepAliveOf(c))
      const fits = timingSafeEqual(await feedHashOf(token), hash ?? '')
      if (!fits && hash !== null) return { answer: null, language }
      const { STUDENTS } = c.env
      const stub = STUDENTS.get(STUDENTS.idFromName(String(userId)), { locationHint: 'weur' })
      return { answer: await stub.feed(token), language }
    } catch (error) {
      log('warn', 'feed-failed', { error: describeError(error) })
      return 'unreachable'
    }
  }
  const app = new Hono<{ Bindings: EdgeEnv }>()
  app.get('/calendar/:name', etag(), async (c) => {
    const wanted = readFeedPath(c.req.param('name'))
    if (!wanted) return c.notFound()
    const { userId, token } = wanted
    const feed = await openFeed(c, userId, token)
    if (feed === 'unreachable') return c.text('try again later', 503, { 'Retry-After': '300' })
    const { answer, language } = feed
    if (!answer?.ok) return c.notFound()
    // The time of the last change, so that an unchanged feed is answered 304.
    const stamp = Math.max(0, ...answer.value.map((booking) => booking.updatedAt)) || now()
    return c.body(calendarOf(textsIn(language), userId, answer.value, stamp), 200, {
      'Content-Type': 'text/calendar; charset=utf-8',
      'Content-Disposition': 'inline; filename="sport.ics"',
      'Cache-Control': 'private, max-age=300',
      'X-Robots-Tag': 'noindex',
    })
  })
  return app
}
