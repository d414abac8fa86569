import * as z from 'zod'
import type { Keyring } from './crypto.ts'
import { isLoopback } from './loopback.ts'
import { FURTHEST_SHIFT_SECONDS } from './time.ts'
import { trimEndOf } from './trim-end.ts'

/** A variable or secret is missing or wrong. The message names it and says what it should be; never its value. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const origin = (fallback: string) =>
  z
    .string()
    .trim()
    .transform((text) => trimEndOf(text === '' ? fallback : text, '/'))
    .refine((text) => URL.canParse(text) && /^https?:/.test(text), 'should be an http(s) address')
    .default(fallback)

const SECURE = 'should be an https address (http only on this machine, e.g. http://127.0.0.1:8080)'

/** Tokens, sessions and passwords travel to these addresses: encrypted, or not leaving the machine. */
function travelsSafely(text: string): boolean {
  if (text === '' || !URL.canParse(text)) return true
  const { protocol, hostname } = new URL(text)
  return protocol === 'https:' || isLoopback(hostname)
}

const optionalOrigin = z
  .string()
  .trim()
  .refine(
    (text) => text === '' || (URL.canParse(text) && /^https?:/.test(text)),
    'should be an http(s) address, or empty',
  )
  .transform((text) => (text === '' ? undefined : trimEndOf(text, '/')))
  .optional()

const wholeNumber = (fallback: number, min: number, max: number) =>
  z
    .union([z.string(), z.number()])
    .transform((value) => (value === '' ? fallback : Number(value)))
    .refine(
      (value) => Number.isInteger(value) && value >= min && value <= max,
      `should be a whole number from ${min} to ${max}`,
    )
    .default(fallback)

const onOrOff = (fallback: 'on' | 'off') =>
  z
    .string()
    .trim()
    .transform((text) => (text === '' ? fallback : text))
    .refine((text) => text === 'on' || text === 'off', 'should be "on" or "off"')
    .transform((text) => text === 'on')
    .default(fallback === 'on')

const idList = z
  .union([z.string(), z.number()])
  .transform((value) =>
    String(value)
      .split(/[\s,;]+/)
      .filter(Boolean),
  )
  .refine((ids) => ids.every((id) => /^-?\d{1,15}$/.test(id)), 'should be Telegram ids separated by commas')
  .transform((ids) => new Set(ids.map(Number)))
  .default(new Set<number>())

const idListOrEveryone = z.union([z.literal('*').transform((): 'everyone' => 'everyone'), idList])

/** Hosts, separated by spaces or commas; one that begins with `.` stands for all below it. */
const hostList = (fallback: string) =>
  z
    .string()
    .transform((text) => (text.trim() === '' ? fallback : text).split(/[\s,;]+/).filter(Boolean))
    .refine(
      (hosts) => hosts.every((host) => /^\.?[a-z\d-]+(?:\.[a-z\d-]+)*(?::\d{1,5})?$/.test(host)),
      'should be host names separated by spaces',
    )
    .default(fallback.split(' '))

const keyring = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((key) => key.trim())
      .filter(Boolean),
  )
  .refine(
    (keys) => keys.length > 0 && keys.every((key) => key.length >= 32),
    'should be at least 32 characters (openssl rand -base64 32); to rotate: NEW,OLD',
  )
  .transform((keys) => keys as unknown as Keyring)

/** Every variable and secret of the three Workers. Each Worker reads those that it names in `readConfig`. */
const settings = z.object({
  /** Each call to it carries the bot's token. */
  TELEGRAM_API_ROOT: origin('https://api.telegram.org').refine(travelsSafely, SECURE),
  PORTAL_ORIGIN: origin('https://passaportonline.poliziadistato.it').refine(travelsSafely, SECURE),
  /** Address of a relay for portal requests, for when the portal refuses Cloudflare's addresses. */
  PORTAL_RELAY: optionalOrigin.refine((text) => travelsSafely(text ?? ''), SECURE),
  SPORTRICK_BASE: origin('https://ecomm.sportrick.com/sportpolimi').refine(travelsSafely, SECURE),
  /** Seconds between two readings of a province. */
  POLL_INTERVAL_SECONDS: wholeNumber(20, 1, 3600),
  /** `on`: as many requests, more of them where and when more people wait for more slots. `off`: all provinces alike. */
  ADAPTIVE_POLLING: onOrOff('on'),
  /**
   * An office of whose alerts people reported at least this share (percent) as false announces a slot only when a second
   * reading shows it. 0: never.
   */
  SECOND_READING_PERCENT: wholeNumber(30, 0, 100),
  /** Messages a second the sender starts from; it learns the rest from Telegram. */
  SEND_RATE_PER_SECOND: wholeNumber(28, 1, 1000),
  /**
   * How many senders make the calls to Telegram, each up to about 80 a second; they share one rate. With more than one,
   * messages above Telegram's free rate are paid for in Stars.
   */
  SENDERS: wholeNumber(1, 1, 20),
  /** Seconds by which the Workers' clock is moved on; only the local playground sets it. */
  CLOCK_SHIFT_SECONDS: wholeNumber(0, -FURTHEST_SHIFT_SECONDS, FURTHEST_SHIFT_SECONDS),
  ADMIN_IDS: idList,
  SPORT_USER_IDS: idListOrEveryone,
  /** Public address of the edge Worker, for Mini App buttons and calendar feeds. */
  PUBLIC_URL: optionalOrigin.refine((text) => travelsSafely(text ?? ''), SECURE),
  /** Where links to the bot lead, before its name; the local playground sets its own chat page. */
  BOT_LINK_ROOT: origin('https://t.me'),
  /** Push services that may be posted to: an address comes from a visitor's browser. */
  PUSH_HOSTS: hostList(
    'fcm.googleapis.com updates.push.services.mozilla.com .push.apple.com .notify.windows.com',
  ),
  /** The key pair of Web Push (VAPID): `public.private`, both in base64url. Without it Web Push is off. */
  VAPID_KEYS: z
    .string()
    .trim()
    .refine(
      (text) => text === '' || /^[\w-]{87}\.[\w-]{43}$/.test(text),
      'should be what `npm run setup` made, or empty',
    )
    .transform((text) => {
      const [publicKey = '', privateKey = ''] = text.split('.')
      return text === '' ? undefined : { publicKey, privateKey }
    })
    .optional(),
  TELEGRAM_BOT_TOKEN: z
    .string()
    .trim()
    .regex(/^[^\s/]+$/, 'should be the token that @BotFather gave'),
  TELEGRAM_WEBHOOK_SECRET: z
    .string()
    .trim()
    .regex(/^[\w-]{1,256}$/, 'should be 1 to 256 of A-Z a-z 0-9 _ -'),
  ENCRYPTION_KEY: keyring,
})

export type Settings = z.output<typeof settings>
export type SettingName = keyof Settings

/**
 * What was read, by the settings' names and raw values: each update and each look of the poller reads the same ones, and
 * validating them takes as long as a query.
 */
const known = new Map<string, Partial<Settings>>()
/** More are only read by tests, which have many environments. */
const MOST_KNOWN = 100

/**
 * Reads and validates the named settings of a Worker's environment, all at once.
 * @throws ConfigError naming every setting that is wrong and what it should be.
 */
export function readConfig<const Name extends SettingName>(
  env: object,
  names: readonly Name[],
): Pick<Settings, Name> {
  const raw = env as Record<string, unknown>
  const key = JSON.stringify(names.map((name) => [name, raw[name]]))
  const before = known.get(key)
  if (before) return before as Pick<Settings, Name>
  const mask = Object.fromEntries(names.map((name) => [name, true])) as Record<Name, true>
  const result = settings.pick(mask as never).safeParse(env)
  if (!result.success) {
    const lines = result.error.issues.map((issue) => {
      const name = String(issue.path[0])
      const missing = raw[name] === undefined
      return `${name} ${missing ? 'is missing' : issue.message}`
    })
    throw new ConfigError(`Configuration: ${[...new Set(lines)].join('; ')}`)
  }
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(key, result.data)
  return result.data as unknown as Pick<Settings, Name>
}
