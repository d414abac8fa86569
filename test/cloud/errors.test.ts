import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCloudflare } from '../../scripts/cloud/api.ts'
import { explain } from '../../scripts/cloud/explain.ts'
import { readWranglerError, WranglerError } from '../../scripts/cloud/wrangler.ts'

/** What wrangler 4.156 prints, without its colours. */
const API_ERROR = `
 ⛅️ wrangler 4.156.2 (update available 4.164.0)
───────────────────────────────────────────────
🌀 Creating queue 'sportello-x'

✘ [ERROR] A request to the Cloudflare API (/accounts/acc/queues) failed.

  You need to verify your email address to use Workers. [code: 10034]
  
  - the deeper cause [code: 7]

  second error [code: 10063]
  
  If you think this is a bug, please open an issue at: https://github.com/cloudflare/workers-sdk/issues/new/choose


🪵  Logs were written to "/home/ada/.wrangler/logs/wrangler.log"`

const UNREACHABLE = `▲ [WARNING] A fetch request failed, likely due to a connectivity issue.

  Common causes:
    - No internet connection or network connectivity problems

✘ [ERROR] fetch failed

🪵  Logs were written to "/x.log"`

const CRASH = `node:internal/modules/esm/get_format:189
  throw new ERR_UNKNOWN_FILE_EXTENSION(ext, filepath);
        ^

TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /x.ts
    at Object.getFileProtocolModuleFormat [as file:] (node:internal/modules/esm/get_format:189:9) {
  code: 'ERR_UNKNOWN_FILE_EXTENSION'
}

Node.js v26.0.0`

const MIGRATION = `Migrations to be applied:
✘ [ERROR] Migration 0003_x.sql failed with the following errors:


✘ [ERROR] near "CREAT": syntax error at offset 0: SQLITE_ERROR`

test.each([
  [CRASH, 'TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /x.ts'],
  ["Error: Cannot find module 'workerd'\n    at x (y.js:1:2)\n", "Error: Cannot find module 'workerd'"],
  [
    MIGRATION,
    'Migration 0003_x.sql failed with the following errors: near "CREAT": syntax error at offset 0: SQLITE_ERROR',
  ],
  [
    API_ERROR,
    'A request to the Cloudflare API (/accounts/acc/queues) failed. You need to verify your email address to use Workers. [code: 10034] because: the deeper cause [code: 7] second error [code: 10063]',
  ],
  [API_ERROR.replaceAll('\n', '\r\n'), /because: the deeper cause \[code: 7\] second error/],
  [UNREACHABLE, 'fetch failed'],
  ['✘ [ERROR] Unknown argument: nonsense\n', 'Unknown argument: nonsense'],
  ['✘ [ERROR] First.\n\n✘ [ERROR] Second.\n', 'First. Second.'],
  ['Segmentation fault\n', 'Segmentation fault'],
  ['', 'it said nothing'],
])('wrangler’s error is read whole, with what caused it (%#)', (said, wanted) => {
  if (typeof wanted === 'string') expect(readWranglerError(said)).toBe(wanted)
  else expect(readWranglerError(said)).toMatch(wanted)
})

let server: Server
let env: NodeJS.ProcessEnv
let answer: { status: number; body: unknown }
/** Connections that break before they are answered. */
let breaks = 0
const wrangler = async (): Promise<string> => {
  throw new WranglerError('wrangler auth token: the disk is full', false)
}

beforeEach(async () => {
  breaks = 0
  server = createServer((_, response) => {
    if (breaks-- > 0) return void response.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  env = { CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${port}`, CLOUDFLARE_API_TOKEN: 't' }
})
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

test('Cloudflare’s own reasons are shown with their codes and causes, all of them', async () => {
  answer = {
    status: 400,
    body: {
      success: false,
      errors: [
        { code: 10034, message: 'Verify your email.', error_chain: [{ code: 7, message: 'no mail' }] },
        { code: 2, message: 'And this' },
      ],
    },
  }
  const failed = await openCloudflare(env, wrangler).catch((error: unknown) => error)
  expect(explain(failed)).toBe(
    'Cloudflare answered 400: Verify your email [code: 10034] (because: no mail [code: 7]); And this [code: 2] (GET /accounts)',
  )
})

test('only a refused login is called one', async () => {
  answer = {
    status: 403,
    body: { success: false, errors: [{ code: 10000, message: 'Authentication error' }] },
  }
  expect(explain(await openCloudflare(env, wrangler).catch((error: unknown) => error))).toMatch(
    /wrangler login/,
  )
  const loggedOut = async (): Promise<string> => {
    throw new WranglerError('Not logged in', true)
  }
  const { CLOUDFLARE_API_TOKEN: _, ...rest } = env
  await expect(openCloudflare(rest, loggedOut)).rejects.toThrow(/nobody is logged in/)
  await expect(openCloudflare(rest, wrangler)).rejects.toThrow(/the disk is full/)
})

test('of several accounts one is asked for, or all are named', async () => {
  const accounts = [
    { id: 'a1', name: 'Ada' },
    { id: 'b2', name: 'Work' },
  ]
  answer = { status: 200, body: { success: true, result: accounts } }
  await expect(openCloudflare(env, wrangler)).rejects.toThrow(
    /CLOUDFLARE_ACCOUNT_ID to one of a1 \(Ada\), b2 \(Work\)/,
  )
  expect((await openCloudflare(env, wrangler, async () => 'b2')).accountId).toBe('b2')
  expect((await openCloudflare({ ...env, CLOUDFLARE_ACCOUNT_ID: 'a1' }, wrangler)).accountId).toBe('a1')
  answer = { status: 200, body: { success: true, result: [] } }
  await expect(openCloudflare(env, wrangler)).rejects.toThrow(/no account/)
})

test.each([
  ['one', 1],
  ['two', 2],
])('a read survives %s broken connection(s)', async (_, times) => {
  answer = { status: 200, body: { success: true, result: [{ id: 'a1', name: 'Ada' }] } }
  breaks = times
  expect((await openCloudflare(env, wrangler)).accountId).toBe('a1')
})

test('a read that breaks again and again says that Cloudflare could not be reached; a change is never repeated', async () => {
  breaks = 3
  await expect(openCloudflare(env, wrangler)).rejects.toThrow(/could not be reached/)
  const api = await openCloudflare({ ...env, CLOUDFLARE_ACCOUNT_ID: 'a1' }, wrangler)
  answer = { status: 200, body: { success: true, result: null } }
  breaks = 1
  await expect(api.post('/queues', {})).rejects.toThrow(/could not be reached/)
})
