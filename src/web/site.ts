import type { Context } from 'hono'
import type { EdgeEnv } from '../bindings.d.ts'
import type { Clock } from '../platform/time.ts'
import { type Language, type Texts, textsIn } from '../texts/index.ts'
import { acceptedLanguage, askedLanguage } from './language.ts'

/** The pages' dependencies on their Worker. */
export interface WebDeps {
  clock: Clock
  /** Reads a province now, because somebody began to follow it. */
  pollNow: (env: EdgeEnv, province: string) => Promise<void>
}

/** Hono's types for the pages. */
export type WebTypes = { Bindings: EdgeEnv; Variables: { site: Site } }
export type WebContext = Context<WebTypes>

/** One visit: its language, its moment, and how to link to other pages in the same language. */
export interface Site {
  language: Language
  texts: Texts['web']
  info: Texts['info']
  /** Epoch ms. */
  now: number
  /** Scheme and host that the visitor came to. */
  origin: string
  /** Path and query of this page, without its language. */
  path: string
  /** A link to another page that keeps a language chosen by hand. */
  href: (path: string) => string
}

const withLanguage = (path: string, language: Language): string => {
  const [before = '', hash] = path.split('#')
  const link = `${before}${before.includes('?') ? '&' : '?'}lang=${language}`
  return hash === undefined ? link : `${link}#${hash}`
}

/** This page in another language. */
export const inLanguage = (site: Site, language: Language): string => withLanguage(site.path, language)

/** A visit in a language; `asked` was chosen by hand, so that links keep it. */
export function siteIn(
  language: Language,
  { now, origin, path, asked }: { now: number; origin: string; path: string; asked?: boolean },
): Site {
  const texts = textsIn(language)
  return {
    language,
    texts: texts.web,
    info: texts.info,
    now,
    origin,
    path,
    href: (to) => (asked ? withLanguage(to, language) : to),
  }
}

/** Reads a visit from a request. */
export function readSite(c: Context, now: number): Site {
  const asked = askedLanguage(c.req.query('lang'))
  const url = new URL(c.req.url)
  url.searchParams.delete('lang')
  return siteIn(asked ?? acceptedLanguage(c.req.header('Accept-Language')), {
    now,
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    asked: asked !== undefined,
  })
}
