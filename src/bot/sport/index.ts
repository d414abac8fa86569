import type { Feature } from '../feature.ts'
import { account, session } from './account.ts'
import { booking } from './booking.ts'
import { feed } from './feed.ts'
import { history } from './history.ts'
import { menu } from './menu.ts'
import { mine } from './mine.ts'
import { personalData } from './personal-data.ts'
import { preferences } from './preferences.ts'
import { progress, statusOfActions } from './progress.ts'
import { questions } from './questions.ts'
import { schedule } from './schedule.ts'
import { weekly } from './weekly.ts'

/** The menu "Sport": everything that a student does with their own object. */
export const sport: readonly Feature[] = [
  menu,
  account,
  session,
  booking,
  mine,
  feed,
  weekly,
  questions,
  schedule,
  progress,
  statusOfActions,
  history,
  preferences,
  personalData,
]
