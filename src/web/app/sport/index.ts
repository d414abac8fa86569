import { Hono } from 'hono'
import type { AppTypes, Tab } from '../visit.ts'
import { accountPage } from './account.tsx'
import { bookingPage } from './bookings.tsx'
import { classPage } from './class.tsx'
import { classesPage } from './classes.tsx'
import { feedPage } from './feed.tsx'
import { historyPage } from './history.tsx'
import { refused, SPORT } from './kit.tsx'
import { sportPreferencesPage } from './preferences.tsx'
import { requestPages } from './requests.tsx'
import { weekPage } from './week.tsx'
import { weeklyPage } from './weekly.tsx'

/** The tab, for those who may use it. */
export const sportTab: Tab = {
  path: SPORT,
  label: (texts) => texts.tabs.sport,
  visible: ({ maySport }) => maySport,
}

/** The sport sections: everything in them concerns the visitor's own object. */
export const sportPages = new Hono<AppTypes>()
  .use(`${SPORT}/*`, async (c, next) => {
    if (!c.get('visit').maySport) return refused(c, 'not-allowed')
    await next()
  })
  .route('/', weekPage)
  .route('/', accountPage)
  .route('/', bookingPage)
  .route('/', weeklyPage)
  .route('/', requestPages)
  .route('/', classesPage)
  .route('/', classPage)
  .route('/', feedPage)
  .route('/', historyPage)
  .route('/', sportPreferencesPage)
