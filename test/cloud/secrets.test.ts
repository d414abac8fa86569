import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { unstable_readConfig } from 'wrangler'
import {
  KEPT_FILE,
  keepSecrets,
  readKnownSecrets,
  readSecrets,
  writeSecrets,
} from '../../scripts/cloud/kept-secrets.ts'
import { type KeyState, keyAction, keysInUse, recordKey } from '../../scripts/cloud/sealing-key.ts'
import { evaluatePush } from '../../scripts/doctor/check-cloudflare.ts'
import { WORKER_NAMES, WORKERS } from '../../scripts/local/bundle.ts'
import { readLocalSettings } from '../../scripts/local/settings.ts'
import { openToOthers } from '../../scripts/owner-only.ts'
import { makeSecret, SECRETS } from '../../scripts/worker-secrets.ts'
import { readConfig } from '../../src/platform/config.ts'
import { seal } from '../../src/platform/crypto.ts'
import { openFakeDatabase } from './fake-database.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sportello-secrets-'))
})
afterEach(() => rmSync(root, { recursive: true }))

test.each(WORKER_NAMES)('the wrangler file of %s requires the secrets that setup gives it', (worker) => {
  const { secrets } = unstable_readConfig({ config: WORKERS[worker].config }) as {
    secrets?: { required?: string[] }
  }
  expect(secrets?.required).toEqual(SECRETS[worker])
})

test('the key of Web Push is a pair that belongs together, and another one each time', async () => {
  const pairs = [makeSecret('VAPID_KEYS'), makeSecret('VAPID_KEYS')]
  expect(new Set(pairs).size).toBe(2)
  for (const pair of pairs) {
    const { VAPID_KEYS } = readConfig({ VAPID_KEYS: pair }, ['VAPID_KEYS'])
    const point = Buffer.from(VAPID_KEYS?.publicKey ?? '', 'base64url')
    const key = createPrivateKey({
      format: 'jwk',
      key: {
        kty: 'EC',
        crv: 'P-256',
        x: point.subarray(1, 33).toString('base64url'),
        y: point.subarray(33).toString('base64url'),
        d: VAPID_KEYS?.privateKey ?? '',
      },
    })
    const signature = sign('sha256', Buffer.from('a'), key)
    expect(verify('sha256', Buffer.from('a'), createPublicKey(key), signature)).toBe(true)
    // What browsers are given: an uncompressed point.
    expect([point.length, point[0]]).toEqual([65, 4])
  }
})

test('without the key of Web Push all is well and the doctor says that it is off; a key in one Worker is a fault', () => {
  const others = ['TELEGRAM_BOT_TOKEN']
  const withKey = [...others, 'VAPID_KEYS']
  expect(evaluatePush([others, others])).toMatchObject([
    { skipped: expect.stringContaining('npm run setup') },
  ])
  expect(evaluatePush([withKey, withKey])).toMatchObject([{ ok: expect.any(String) }])
  expect(evaluatePush([withKey, others])).toMatchObject([{ fault: 'secret-missing' }])
  expect(evaluatePush([undefined, withKey])).toMatchObject([{ fault: 'secret-missing' }])
  expect(readConfig({}, ['VAPID_KEYS']).VAPID_KEYS).toBeUndefined()
})

const KEY = 'a key with # and "quotes", `backticks` and spaces'

test('whatever a secret holds, the next deployment reads what the last one wrote', () => {
  const any = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.string({
      unit: fc.constantFrom(...'ab#"\'`\\ \n\r\t=$,{}éλ🔑') as fc.Arbitrary<string>,
      minLength: 1,
    }),
  )
  const secrets = fc.record(
    { TELEGRAM_BOT_TOKEN: any, TELEGRAM_WEBHOOK_SECRET: any, ENCRYPTION_KEY: any },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(secrets, (written) => {
      const text = writeSecrets(written)
      expect(text.split('\n')).toHaveLength(Object.keys(written).length + 2)
      expect(readSecrets(text)).toEqual(written)
    }),
    { numRuns: 500 },
  )
})

test.each([
  KEY,
  'half#comment',
  '"',
  "'quoted'",
  '`x`',
  'line\nbreak',
  ' spaces around ',
  'C:\\path\\n',
  'a,b',
])('%j survives the file', (key) => {
  keepSecrets({ ENCRYPTION_KEY: key }, root)
  expect(readKnownSecrets({}, root).ENCRYPTION_KEY).toBe(key)
})

test('files of version 0.1.0 and lines typed by hand are read whole', () => {
  const text = [
    '# The secrets of this installation.',
    'TELEGRAM_BOT_TOKEN=123:abc',
    'export TELEGRAM_WEBHOOK_SECRET = hook ',
    'ENCRYPTION_KEY=new#1,old"2',
    'OTHER=x',
  ].join('\n')
  expect(readSecrets(text)).toEqual({
    TELEGRAM_BOT_TOKEN: '123:abc',
    TELEGRAM_WEBHOOK_SECRET: 'hook',
    ENCRYPTION_KEY: 'new#1,old"2',
  })
  writeFileSync(join(root, KEPT_FILE), text.replaceAll('\n', '\r\n'), { mode: 0o600 })
  expect(readKnownSecrets({}, root).ENCRYPTION_KEY).toBe('new#1,old"2')
})

test.skipIf(process.platform === 'win32')('a secrets file that others could read is theirs no longer', () => {
  const file = join(root, KEPT_FILE)
  writeFileSync(file, 'ENCRYPTION_KEY=k\n')
  chmodSync(file, 0o644)
  const warnings: string[] = []
  expect(readKnownSecrets({}, root, (line) => warnings.push(line)).ENCRYPTION_KEY).toBe('k')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(warnings.join()).toMatch(/could read \.sportello\.secrets/)
  readKnownSecrets({}, root, (line) => warnings.push(line))
  expect(warnings).toHaveLength(1)

  chmodSync(file, 0o666)
  keepSecrets({ ENCRYPTION_KEY: 'k2' }, root)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toContain('k2')
})

test.skipIf(process.platform === 'win32')('so is .dev.vars, which holds the token of a bot', () => {
  const file = join(root, '.dev.vars')
  writeFileSync(file, 'TELEGRAM_BOT_TOKEN=1:t\n')
  chmodSync(file, 0o644)
  const warnings: string[] = []
  const { variables } = readLocalSettings({}, file, (line) => warnings.push(line))
  expect(variables.TELEGRAM_BOT_TOKEN).toBe('1:t')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(warnings.join()).toMatch(/could read \.dev\.vars/)
})

test('modes mean nothing on Windows', () => {
  expect(openToOthers(0o100666, 'win32')).toBe(false)
  expect(openToOthers(0o100640, 'linux')).toBe(true)
  expect(openToOthers(0o100600, 'darwin')).toBe(false)
})

const OLD = 'the-old-key-of-thirty-two-characters'
const NEW = 'the-new-key-of-thirty-two-characters'

async function database(...sealedWith: string[]) {
  const fake = openFakeDatabase()
  fake.run(`CREATE TABLE portal_sessions (sealed TEXT, died_at INTEGER);
    CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT, at INTEGER);
    CREATE TABLE students (id INTEGER)`)
  for (const key of sealedWith) {
    fake.query('INSERT INTO portal_sessions (sealed) VALUES (?)', [await seal([key], 'test', 'cookie', 'x')])
  }
  return {
    fake,
    store: {
      query: async (sql: string, params: readonly (string | number | null)[] = []) =>
        (fake.query(sql, [...params])[0]?.results ?? []) as Record<string, unknown>[],
    },
  }
}

const state = async (
  { store }: Awaited<ReturnType<typeof database>>,
  changes: Partial<KeyState> = {},
): Promise<KeyState> => ({
  known: undefined,
  have: [],
  lack: ['sportello', 'sportello-booking'],
  inUse: await keysInUse(store),
  ...changes,
})

test('on an empty account a key is made', async () => {
  expect(await keyAction(await state(await database()))).toBe('make')
  const empty = openFakeDatabase()
  const store = { query: async (sql: string) => (empty.query(sql)[0]?.results ?? []) as never }
  expect(await keysInUse(store)).toEqual({ ids: [], recorded: undefined, students: false })
})

test('a key that does not open what is stored is never deployed, and none is made in its place', async () => {
  const stored = await database(OLD)
  for (const known of [undefined, NEW]) {
    await expect(async () => keyAction(await state(stored, { known }))).rejects.toThrow(/ENCRYPTION_KEY/)
  }
  expect(await keyAction(await state(stored, { known: OLD }))).toBe('record')
  expect(await keyAction(await state(stored, { known: `${NEW}, ${OLD}` }))).toBe('record')
})

test('the old key is forgotten only after everything is sealed with the new one', async () => {
  const stored = await database(OLD)
  await recordKey(stored.store, `${NEW},${OLD}`)
  await expect(async () => keyAction(await state(stored, { known: NEW }))).rejects.toThrow(/ricifra/)
  stored.fake.query('UPDATE portal_sessions SET sealed = ?', [await seal([NEW], 'test', 'cookie', 'x')])
  expect(await keyAction(await state(stored, { known: NEW }))).toBeUndefined()
})

test('the key of the last deployment counts, though nothing is sealed in the database itself', async () => {
  const stored = await database()
  await recordKey(stored.store, OLD)
  await expect(async () => keyAction(await state(stored, { known: NEW }))).rejects.toThrow(/NEW,OLD/)
  await expect(async () => keyAction(await state(stored))).rejects.toThrow(/not known here/)
  expect(await keyAction(await state(stored, { known: OLD }))).toBeUndefined()
})

test('a second Worker gets the key of the first, or none at all', async () => {
  const partly = { have: ['sportello'], lack: ['sportello-booking'] }
  await expect(async () => keyAction(await state(await database(), partly))).rejects.toThrow(
    /sportello-booking needs the ENCRYPTION_KEY that sportello has/,
  )
  const complete = { have: ['sportello', 'sportello-booking'], lack: [] }
  expect(await keyAction(await state(await database(OLD), complete))).toBeUndefined()
})

test('students’ objects, whose values cannot be seen from here, forbid a new key too', async () => {
  const stored = await database()
  stored.fake.run('INSERT INTO students VALUES (1)')
  await expect(async () => keyAction(await state(stored))).rejects.toThrow(/not known here/)
})
