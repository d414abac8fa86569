import type { Texts } from '../../texts/index.ts'
import type { Site } from '../site.ts'
import type { Dashboard } from './admin-data.ts'

/** What every part of the page is made from. */
export interface Shown {
  site: Site
  texts: Texts['admin']
  dashboard: Dashboard
}
