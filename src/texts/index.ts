import { en } from './en/index.ts'
import { it } from './it/index.ts'
import type { Texts } from './texts.ts'

export type { Texts }
export type Language = 'it' | 'en'

const languages: Record<Language, Texts> = { it, en }

/** The texts of a language. */
export const textsIn = (language: Language): Texts => languages[language]
