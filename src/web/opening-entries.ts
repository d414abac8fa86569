import { Hono } from 'hono'
import { connect } from '../db/database.ts'
import { openingCalendar, readToldOpening } from '../passport/alerts/opening-calendar.ts'
import { readOpeningName } from '../passport/alerts/opening-path.ts'
import { readConfig } from '../platform/config.ts'
import { textsIn } from '../texts/index.ts'
import { answerWithETag } from './etag.ts'
import type { WebTypes } from './site.ts'

/**
 * The calendar entries to which early notices link. Anyone may read them: they say when an office's slots can be booked,
 * as its province's page does.
 */
export const openingEntries = new Hono<WebTypes>().get('/calendar/opening/:name', async (c, next) => {
  const wanted = readOpeningName(c.req.param('name'))
  const opening = wanted && (await readToldOpening(connect(c.env.DB), wanted.officeId, wanted.day))
  if (!opening) return next()
  const { PORTAL_ORIGIN } = readConfig(c.env, ['PORTAL_ORIGIN'])
  c.header('Cache-Control', 'public, max-age=300')
  c.header('Content-Disposition', 'inline; filename="passaporto.ics"')
  c.header('X-Robots-Tag', 'noindex')
  const { language } = c.get('site')
  return answerWithETag(
    c,
    openingCalendar(textsIn(language), opening, PORTAL_ORIGIN),
    'text/calendar; charset=utf-8',
  )
})
