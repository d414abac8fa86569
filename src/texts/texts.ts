import type { it } from './it/index.ts'

/** Every text a person reads; Italian sets the keys. */
export type Texts = typeof it
