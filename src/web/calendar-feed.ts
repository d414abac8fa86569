import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { etag } from 'hono/etag'
import type { EdgeEnv } from '../bindings.d.ts'
import { connect } from '../db/database.ts'
import { chats } from '../db/schema/chats.ts'
import { students } from '../db/schema/sport.ts'
import { describeError, log } from '../platform/log.ts'
import { calendarOf, readFeedPath } from '../sport/ical.ts'
import type { Answer, BookingView } from '../sport/student-types.ts'
import { textsIn } from '../texts/index.ts'

/**
 * The private calendar feeds that phones subscribe to: `GET /calendar/<whose>-<token>.ics`. Whatever does not open one
 * is 404, without saying why; only somebody with an account linked has one, so that guessing makes no objects. 503 when
 * the bookings are out of reach, so that calendars keep what they have.
 */
export function calendarFeed({ now }: { now(): number }) {
  const app = new Hono<{ Bindings: EdgeEnv }>()
  app.get('/calendar/:name', etag(), async (c) => {
    const wanted = readFeedPath(c.req.param('name'))
    if (!wanted) return c.notFound()
    const { userId, token } = wanted
    let answer: Answer<BookingView[]>
    let language: 'it' | 'en'
    try {
      const student = await connect(c.env.DB)
        .select({ language: chats.language })
        .from(students)
        .leftJoin(chats, eq(chats.id, students.userId))
        .where(eq(students.userId, userId))
        .get()
      if (!student) return c.notFound()
      language = student.language ?? 'it'
      const { STUDENTS } = c.env
      const stub = STUDENTS.get(STUDENTS.idFromName(String(userId)), { locationHint: 'weur' })
      answer = await stub.feed(token)
    } catch (error) {
      log('warn', 'feed-failed', { error: describeError(error) })
      return c.text('try again later', 503, { 'Retry-After': '300' })
    }
    if (!answer.ok) return c.notFound()
    // Of the last change, not of now: an unchanged feed is answered 304.
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
