import { passport } from './passport.ts'

/** Every text a person reads, in Italian. English must have the same keys (`Texts`). */
export const it = { passport }
