import { createHmac } from 'node:crypto'
import type { User } from 'grammy/types'

export interface WebAppOpening {
  user: User
  /** Epoch ms. */
  now: number
  token: string
  random: () => number
  startParameter?: string | undefined
  /** Colours handed to the page, as Telegram's `ThemeParams`. */
  theme?: Readonly<Record<string, string>>
}

/**
 * The `initData` of a Mini App, signed with the bot's token
 * (https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app): HMAC-SHA256 over the sorted
 * `key=value` lines. `signature`, which is for third parties, is one of the signed lines.
 */
export function signInitData({ user, now, token, random, startParameter }: WebAppOpening): string {
  const fields: Record<string, string> = {
    query_id: `AAH${Math.floor(random() * 2 ** 48).toString(36)}`,
    user: JSON.stringify({ ...user, is_bot: undefined, allows_write_to_pm: true }),
    auth_date: String(Math.floor(now / 1_000)),
    signature: Buffer.from(Array.from({ length: 64 }, () => Math.floor(random() * 256))).toString(
      'base64url',
    ),
    ...(startParameter === undefined ? {} : { start_param: startParameter }),
  }
  const lines = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${fields[key]}`)
  const key = createHmac('sha256', 'WebAppData').update(token).digest()
  const hash = createHmac('sha256', key).update(lines.join('\n')).digest('hex')
  return new URLSearchParams({ ...fields, hash }).toString()
}

/** The address that the app opens: the button's, with what Telegram adds after the `#`. */
export function webAppAddress(url: string, opening: WebAppOpening): string {
  const added = new URLSearchParams({
    tgWebAppData: signInitData(opening),
    tgWebAppVersion: '8.0',
    tgWebAppPlatform: 'web',
    tgWebAppThemeParams: JSON.stringify(opening.theme ?? {}),
  })
  const address = new URL(url)
  address.hash = address.hash === '' ? added.toString() : `${address.hash.slice(1)}&${added}`
  return address.toString()
}
