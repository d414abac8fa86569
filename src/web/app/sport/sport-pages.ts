import { Hono } from 'hono'
import type { AppTypes, Tab } from '../visit.ts'
import { accountPage } from './account-page.tsx'
import { bookingPage } from './bookings-page.tsx'
import { classPage } from './class-page.tsx'
import { classesPage } from './classes-page.tsx'
import { feedPage } from './feed-page.tsx'
import { historyPage } from './history-page.tsx'
import { requestPages } from './requests-page.tsx'
import { sportPreferencesPage } from './sport-preferences-page.tsx'
import { refused, SPORT } from './sport-visit.tsx'
import { weekPage } from './week-page.tsx'
import { weeklyPage } from './weekly-page.tsx'

/** The tab, for people who may use sport. */
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
