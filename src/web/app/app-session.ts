import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import * as z from 'zod'
import { type Keyring, seal, timingSafeEqual, UnsealError, unseal } from '../../platform/crypto.ts'
import { isLoopback } from '../../platform/loopback.ts'
import { HOUR, SECOND } from '../../platform/time.ts'

/** The purpose of the seal. It contains the bot's token, so that revoking the token at BotFather ends every visit. */
const purposeOf = (botToken: string) => `app-session:${botToken}`
/** How long a visit lasts, so that an app left open over the day goes on; opening it again begins a new one. */
const LIFETIME = 12 * HOUR

const shape = z.object({
  userId: z.number().int().positive(),
  /** Whose account it is, as people know it. */
  name: z.string(),
  /** For a person without a chat row. */
  language: z.enum(['it', 'en']),
  /** Telegram's own theme, which may differ from the system's. */
  theme: z.enum(['light', 'dark']).optional(),
  /** The token that each form must carry, so that another site cannot send one. */
  csrf: z.string().min(16),
  expiresAt: z.number(),
})

/** A visit to the Mini App, as its cookie carries it: sealed, so that nobody reads or changes it. */
export type Session = z.output<typeof shape>

/**
 * Telegram's web clients show the app in a frame, where only a `SameSite=None` cookie comes along; `Partitioned` keeps
 * it to that frame, `__Host-` to this host. Forms are guarded by their token and the `Origin` header instead. Browsers may
 * refuse all of that over plain HTTP, which is for somebody's own machine only: on every other host the cookie is secure.
 */
function cookieOf(c: Context) {
  const { protocol, hostname } = new URL(c.req.url)
  return protocol === 'http:' && isLoopback(hostname)
    ? ({ name: 'app', attributes: { path: '/', httpOnly: true, sameSite: 'Lax' } } as const)
    : ({
        name: '__Host-app',
        attributes: { path: '/', httpOnly: true, secure: true, sameSite: 'None', partitioned: true },
      } as const)
}

/** Opens a visit: the cookie goes with the answer. */
export async function openSession(
  c: Context,
  keys: Keyring,
  botToken: string,
  visitor: Pick<Session, 'userId' | 'name' | 'language' | 'theme'>,
  now: number,
): Promise<void> {
  const csrf = crypto.randomUUID()
  const session: Session = { ...visitor, csrf, expiresAt: now + LIFETIME }
  const value = await seal(keys, purposeOf(botToken), 'cookie', JSON.stringify(session))
  const { name, attributes } = cookieOf(c)
  setCookie(c, name, value, { ...attributes, maxAge: LIFETIME / SECOND })
}

/** The visit of a request; null: none, expired, or invalid. */
export async function readSession(
  c: Context,
  keys: Keyring,
  botToken: string,
  now: number,
): Promise<Session | null> {
  const value = getCookie(c, cookieOf(c).name)
  if (!value) return null
  try {
    const session = shape.safeParse(JSON.parse(await unseal(keys, purposeOf(botToken), 'cookie', value)))
    return session.success && session.data.expiresAt > now ? session.data : null
  } catch (error) {
    if (error instanceof UnsealError || error instanceof DOMException) return null
    throw error
  }
}

/** Ends a visit. */
export const closeSession = (c: Context): void => {
  const { name, attributes } = cookieOf(c)
  deleteCookie(c, name, attributes)
}

/**
 * True when a request does not come from another site's page. Browsers name the origin of a POST; what names neither
 * origin nor site is no browser, or one so old that the form's token alone guards it.
 */
export function isOwnOrigin(c: Context, publicUrl: string | undefined): boolean {
  const origin = c.req.header('Origin')
  if (origin === undefined) return (c.req.header('Sec-Fetch-Site') ?? 'same-origin') === 'same-origin'
  return (
    origin === new URL(c.req.url).origin || (publicUrl !== undefined && origin === new URL(publicUrl).origin)
  )
}

/** The fields of a form; null: the request has no form. */
export async function readForm(c: Context): Promise<FormData | null> {
  try {
    return await c.req.formData()
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}

/** True when a form carries the visit's token. */
export const isOwnForm = (session: Session, form: FormData): boolean =>
  timingSafeEqual(session.csrf, String(form.get('csrf') ?? ''))
