import { en } from './en/index.ts'
import { it } from './it/index.ts'

export type Texts = typeof it
export type Language = 'it' | 'en'

const languages: Record<Language, Texts> = { it, en }

/** The texts of a language. */
export const textsIn = (language: Language): Texts => languages[language]
