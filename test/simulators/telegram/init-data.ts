import { createHmac } from 'node:crypto'

/** initData of a Mini App as Telegram signs it: HMAC-SHA256 over the sorted lines, keyed by the bot's token. */
export function signInitData(
  token: string,
  user: { id: number; first_name?: string; language_code?: string },
  now: number,
): string {
  const fields: Record<string, string> = {
    auth_date: String(Math.floor(now / 1_000)),
    query_id: 'AAAsimulated',
    user: JSON.stringify({
      id: user.id,
      first_name: user.first_name ?? '',
      language_code: user.language_code ?? 'it',
    }),
  }
  const lines = Object.keys(fields)
    .sort()
    .map((key) => `${key}=${fields[key]}`)
    .join('\n')
  const key = createHmac('sha256', 'WebAppData').update(token).digest()
  return new URLSearchParams({
    ...fields,
    hash: createHmac('sha256', key).update(lines).digest('hex'),
  }).toString()
}
