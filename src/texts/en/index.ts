import type { Texts } from '../index.ts'
import { passport } from './passport.ts'

/** Every text a person reads, in English. */
export const en: Texts = { passport }
