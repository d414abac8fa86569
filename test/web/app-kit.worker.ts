import { expect } from 'vitest'
import { type kit, NOON, ORIGIN } from './kit.worker.ts'

async function hmac(key: BufferSource, text: string): Promise<ArrayBuffer> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', key, algorithm, false, ['sign'])
  return crypto.subtle.sign('HMAC', imported, new TextEncoder().encode(text))
}

/**
 * What Telegram hands to the Mini App for a person, signed with the pool's bot token unless another is given, as
 * https://core.telegram.org/bots/webapps tells it.
 */
export async function initData(
  id: number,
  options: { now?: number; token?: string; language?: string; startParameter?: string } = {},
): Promise<string> {
  const fields: Record<string, string> = {
    query_id: 'AAHdF6IQAAAAAN0XohDhrOrc',
    user: JSON.stringify({ id, first_name: 'Anna & "Co"', language_code: options.language ?? 'it' }),
    auth_date: String(Math.floor((options.now ?? NOON) / 1_000)),
    signature: 'c2lnbmF0dXJl',
    ...(options.startParameter !== undefined && { start_param: options.startParameter }),
  }
  const lines = Object.keys(fields)
    .sort()
    .map((name) => `${name}=${fields[name]}`)
  const token = options.token ?? '1234567890:TEST-token-of-the-simulator'
  const key = await hmac(new TextEncoder().encode('WebAppData'), token)
  const hash = [...new Uint8Array(await hmac(key, lines.join('\n')))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  return new URLSearchParams({ ...fields, hash }).toString()
}

/** Hands initData in, as the entry page's script does. */
export const enter = (
  site: ReturnType<typeof kit>,
  data: string,
  headers: Record<string, string> = {},
  to = '',
) =>
  site.send('/app/session', {
    method: 'POST',
    headers: { Origin: ORIGIN, ...headers },
    body: new URLSearchParams({ initData: data, theme: 'dark', to }),
  })

/** A person inside the Mini App: pages with their cookie, forms with their token. */
export async function visitor(site: ReturnType<typeof kit>, id: number, language = 'it') {
  const entered = await enter(site, await initData(id, { now: site.time.now, language }))
  expect(entered.status).toBe(200)
  const cookie = entered.headers.get('Set-Cookie')?.split(';')[0] ?? ''
  const page = async (path: string): Promise<string> => {
    const response = await site.get(path, { Cookie: cookie })
    expect(response.status).toBe(200)
    return response.text()
  }
  const token = async (): Promise<string> =>
    /name="csrf" value="([^"]+)"/.exec(await page('/app/preferenze'))?.[1] ?? ''
  return {
    cookie,
    page,
    token,
    get: (path: string) => site.get(path, { Cookie: cookie }),
    /** Sends a form as its page would; `null` for csrf or origin leaves it out. */
    async post(
      path: string,
      fields: Record<string, string> | [string, string][],
      forged: { csrf?: string | null; origin?: string | null } = {},
      files: Record<string, File> = {},
    ): Promise<Response> {
      const withFiles = Object.keys(files).length > 0
      const body = withFiles ? new FormData() : new URLSearchParams()
      for (const [name, value] of Array.isArray(fields) ? fields : Object.entries(fields))
        body.append(name, value)
      for (const [name, file] of Object.entries(files)) (body as FormData).append(name, file)
      const csrf = forged.csrf === undefined ? await token() : forged.csrf
      if (csrf !== null) body.set('csrf', csrf)
      const origin = forged.origin === undefined ? ORIGIN : forged.origin
      return site.send(path, {
        method: 'POST',
        headers: { Cookie: cookie, ...(origin !== null && { Origin: origin }) },
        body,
      })
    },
  }
}
