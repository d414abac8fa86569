import type { Texts } from '../../texts/index.ts'
import type { Site } from '../site.ts'
import type { Dashboard } from './admin-data.ts'

/** The input of every part of the page. */
export interface Shown {
  site: Site
  texts: Texts['admin']
  dashboard: Dashboard
}
