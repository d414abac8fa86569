import * as z from 'zod'
import { timingSafeEqual } from '../../platform/crypto.ts'
import { HOUR, MINUTE, SECOND } from '../../platform/time.ts'

/** How long Telegram's signature of an opening is valid. */
const LONGEST_AGE = HOUR
/** Telegram's clock may be ahead of ours by this. */
const CLOCK_SLACK = MINUTE
/** Longest data accepted; real ones have about 1 KB. */
const LONGEST_DATA = 8_192

const user = z.object({
  id: z.number().int().positive(),
  first_name: z.string().default(''),
  last_name: z.string().default(''),
  username: z.string().optional(),
  language_code: z.string().optional(),
})

/** A person as they know themselves in Telegram, with the id: names can be imitated. */
function nameOf({ id, first_name: first, last_name: last, username }: z.output<typeof user>): string {
  const name = `${first} ${last}`.trim().slice(0, 130)
  const known = [...(username ? [`@${username.slice(0, 40)}`] : []), `id ${id}`].join(', ')
  return name === '' ? known : `${name} (${known})`
}

/** Who opened the Mini App, and its parameters. */
export interface Opening {
  userId: number
  /** Whose account it is, for people. */
  name: string
  /** The language of the person's Telegram (IETF tag), when it says. */
  languageCode: string | undefined
  /** The parameter of a link to the app (`startapp=`), unchecked. */
  startParam: string | undefined
}

export type OpeningResult = { ok: true; opening: Opening } | { ok: false; reason: 'forged' | 'expired' }

const utf8 = new TextEncoder()

async function hmac(key: BufferSource, text: string): Promise<ArrayBuffer> {
  const imported = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ])
  return crypto.subtle.sign('HMAC', imported, utf8.encode(text))
}

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('')

const readUser = (text: string | null) => {
  try {
    return user.safeParse(JSON.parse(text ?? ''))
  } catch (error) {
    if (error instanceof SyntaxError) return { success: false as const }
    throw error
  }
}

/**
 * Validates what Telegram hands to a Mini App (https://core.telegram.org/bots/webapps, "Validating data received via the
 * Mini App"): the hash is HMAC-SHA256 over the sorted `key=value` lines of all other fields, under
 * HMAC-SHA256("WebAppData", bot token); `auth_date` is not older than an hour.
 * @param initData as it came in the address, still in query form
 * @param now epoch ms
 */
export async function readInitData(initData: string, botToken: string, now: number): Promise<OpeningResult> {
  const forged = { ok: false, reason: 'forged' } as const
  if (initData.length > LONGEST_DATA) return forged
  const fields = new URLSearchParams(initData)
  const hash = fields.get('hash')
  const names = [...fields.keys()]
  if (!hash || new Set(names).size !== names.length) return forged
  const lines = [...fields]
    .filter(([name]) => name !== 'hash')
    .map(([name, value]) => `${name}=${value}`)
    .sort()
  const expected = hex(await hmac(await hmac(utf8.encode('WebAppData'), botToken), lines.join('\n')))
  if (!timingSafeEqual(expected, hash.toLowerCase())) return forged
  const opened = readUser(fields.get('user'))
  const authDate = fields.get('auth_date') ?? ''
  if (!opened.success || !/^\d{1,12}$/.test(authDate)) return forged
  const age = now - Number(authDate) * SECOND
  if (age > LONGEST_AGE || age < -CLOCK_SLACK) return { ok: false, reason: 'expired' }
  return {
    ok: true,
    opening: {
      userId: opened.data.id,
      name: nameOf(opened.data),
      languageCode: opened.data.language_code,
      startParam: fields.get('start_param') ?? undefined,
    },
  }
}
