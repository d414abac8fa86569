import { admin } from './admin.ts'
import { alerts } from './alerts.ts'
import { alternatives } from './alternatives.ts'
import { app } from './app.ts'
import { appSport } from './app-sport.ts'
import { booked } from './booked.ts'
import { common } from './common.ts'
import { dates } from './dates.ts'
import { doctor } from './doctor.ts'
import { early } from './early.ts'
import { filters } from './filters.ts'
import { forecast } from './forecast.ts'
import { info } from './info.ts'
import { passport } from './passport.ts'
import { poller } from './poller.ts'
import { portalSessions } from './portal-sessions.ts'
import { push } from './push.ts'
import { service } from './service.ts'
import { settings } from './settings.ts'
import { sport } from './sport.ts'
import { sportMenu } from './sport-menu.ts'
import { web } from './web.ts'
import { why } from './why.ts'

/** Every text a person reads, in Italian. English must have the same keys (`Texts`). */
export const it = {
  admin,
  alerts,
  alternatives,
  app,
  appSport,
  booked,
  common,
  dates,
  doctor,
  early,
  filters,
  forecast,
  info,
  passport,
  poller,
  portalSessions,
  push,
  service,
  settings,
  sport,
  sportMenu,
  web,
  why,
}
