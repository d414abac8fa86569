import { sql } from 'drizzle-orm'
import { type Database, type Row, type Statement, transact } from '../../db/database.ts'
import type { BrowserName, SessionHealth } from '../../db/schema/passport.ts'
import {
  hashSecret,
  type Keyring,
  keyedHash,
  keyedHashes,
  randomSecret,
  timingSafeEqual,
} from '../../platform/crypto.ts'
import { MINUTE } from '../../platform/time.ts'
import { type HandInContext, type HandInOutcome, handIn } from './hand-in.ts'

/**
 * Browsers whose extension hands in their operator's sessions. A code from the chat pairs a browser once; the browser then
 * has a token. Only hashes of both are kept.
 */

/** How long a code can be used, ms. */
export const CODE_LIFETIME = 10 * MINUTE
/** Browsers of one operator; beyond it, pairing another one removes the one not used for the longest time. */
const MOST_BROWSERS = 5

/** Without 0, O, 1 and I, which look alike: 5 bits a character. */
const CODE_ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ'
/** Random characters and their signature. */
const CODE_SHAPE = /^([2-9A-HJ-NP-Z]{8})([2-9A-HJ-NP-Z]{4})$/
/** The purposes of the keys that sign codes and tokens: a forged one is refused without a look into the database. */
const CODE_PURPOSE = 'pairing-code'
const PURPOSE = 'paired-browser'
/** Row, secret and signature. */
const TOKEN_SHAPE = /^((\d{1,15})\.[\w-]{43})\.([\w-]{43})$/

/** What people call each browser. */
export const BROWSERS: Record<BrowserName, string> = { chrome: 'Chrome', edge: 'Edge', firefox: 'Firefox' }

/** A browser that may hand in sessions. */
export interface PairedBrowser {
  id: number
  ownerId: number
  /** The session that it handed in last; null: none yet. */
  sessionId: number | null
}

/** A browser as its operator sees it. Instants in epoch ms. */
export interface PairedBrowserView {
  id: number
  browser: BrowserName
  createdAt: number
  lastUsedAt: number
}

/** What the extension shows. Instants in epoch ms. */
export interface HandedIn {
  /** The session that this browser handed in last; null: none, or it was removed. */
  own: { health: SessionHealth; lastGoodAt: number } | null
}

const toCharacters = (bytes: Uint8Array) => Array.from(bytes, (byte) => CODE_ALPHABET[byte & 31]).join('')
/** The end of a code: what a keyed hash of its random characters begins with. */
const signatureOf = (hash: string) => toCharacters(new TextEncoder().encode(hash.slice(0, 4)))

/** A new code of twelve characters: nobody without the key can guess any of them. */
async function newCode(keys: Keyring): Promise<string> {
  const random = toCharacters(crypto.getRandomValues(new Uint8Array(8)))
  return random + signatureOf(await keyedHash(keys, CODE_PURPOSE, random))
}

/** A code as it was typed, without case, spaces and dashes; null when it is none. */
export function readCode(typed: string): string | null {
  const code = typed.toUpperCase().replace(/[\s-]/g, '')
  return CODE_SHAPE.test(code) ? code : null
}

/** A new code that pairs a browser of `ownerId`, and the statements that keep it: it replaces an unused one. */
export async function openPairing(
  ownerId: number,
  keys: Keyring,
  now: number,
): Promise<{ code: string; statements: Statement[] }> {
  const code = await newCode(keys)
  const hash = await hashSecret(code)
  return {
    code: code.replace(/(.{4})(?=.)/g, '$1-'),
    statements: [
      sql`DELETE FROM paired_browsers WHERE owner_id = ${ownerId} AND token_hash IS NULL`,
      sql`INSERT INTO paired_browsers (owner_id, code_hash, code_until, created_at)
          VALUES (${ownerId}, ${hash}, ${now + CODE_LIFETIME}, ${now})`,
    ],
  }
}

async function query(db: Database, statement: Statement): Promise<Row[]> {
  const [result] = await transact(db, [statement])
  return result?.results ?? []
}

/** A code that can still be used. */
export interface OpenCode {
  id: number
  ownerId: number
  hash: string
}

/** The open code with that text; undefined when there is none, it has expired, or none of our keys signed it. */
export async function findCode(
  db: Database,
  keys: Keyring,
  code: string,
  now: number,
): Promise<OpenCode | undefined> {
  const [, random = '', signature = ''] = CODE_SHAPE.exec(code) ?? []
  const hashes = await (await keyedHashes(keys, CODE_PURPOSE))(random)
  const fits = hashes.map((hash) => timingSafeEqual(signatureOf(hash), signature))
  if (!fits.includes(true)) return undefined
  const hash = await hashSecret(code)
  const [row] = await query(
    db,
    sql`SELECT id, owner_id AS ownerId FROM paired_browsers WHERE code_hash = ${hash} AND code_until > ${now}`,
  )
  return row && { id: Number(row.id), ownerId: Number(row.ownerId), hash }
}

/**
 * Uses a code, once: of two requests at the same moment one gets a token.
 * @returns the browser's token; null when the code was used or replaced before
 */
export async function pairBrowser(
  db: Database,
  keys: Keyring,
  { id, ownerId, hash }: OpenCode,
  browser: BrowserName,
  now: number,
): Promise<string | null> {
  const signed = `${id}.${randomSecret()}`
  const token = `${signed}.${await keyedHash(keys, PURPOSE, signed)}`
  const ofOwner = sql`owner_id = ${ownerId} AND token_hash IS NOT NULL`
  const [taken] = await transact(db, [
    sql`UPDATE paired_browsers
        SET code_hash = NULL, token_hash = ${await hashSecret(token)}, browser = ${browser}, last_used_at = ${now}
        WHERE id = ${id} AND code_hash = ${hash} AND code_until > ${now} RETURNING id`,
    sql`DELETE FROM paired_browsers WHERE ${ofOwner} AND id NOT IN (
          SELECT id FROM paired_browsers WHERE ${ofOwner} ORDER BY last_used_at DESC, id DESC LIMIT ${MOST_BROWSERS})`,
  ])
  return taken?.results.length === 1 ? token : null
}

/** The row that a token names, if one of our keys signed it; null without a query otherwise. */
async function rowOf(keys: Keyring, token: string): Promise<number | null> {
  const [, signed, id, signature] = TOKEN_SHAPE.exec(token) ?? []
  if (signed === undefined || signature === undefined) return null
  const hashes = await (await keyedHashes(keys, PURPOSE))(signed)
  const fits = hashes.map((hash) => timingSafeEqual(hash, signature))
  return fits.includes(true) ? Number(id) : null
}

/** The browser with that token; null when it is forged, or was unpaired. */
export async function findBrowser(db: Database, keys: Keyring, token: string): Promise<PairedBrowser | null> {
  const id = await rowOf(keys, token)
  if (id === null) return null
  const [row] = await query(
    db,
    sql`SELECT owner_id AS ownerId, session_id AS sessionId, token_hash AS hash FROM paired_browsers WHERE id = ${id}`,
  )
  const fits = timingSafeEqual(await hashSecret(token), String(row?.hash ?? ''))
  if (!row || !fits) return null
  return {
    id,
    ownerId: Number(row.ownerId),
    sessionId: row.sessionId === null ? null : Number(row.sessionId),
  }
}

/** The paired browsers of an operator, or of all (a few for each), the latest used first. */
export const listBrowsers = async (db: Database, ownerId?: number): Promise<PairedBrowserView[]> =>
  (await query(
    db,
    sql`SELECT id, browser, created_at AS createdAt, last_used_at AS lastUsedAt FROM paired_browsers
        WHERE token_hash IS NOT NULL AND ${ownerId === undefined ? sql`true` : sql`owner_id = ${ownerId}`}
        ORDER BY last_used_at DESC, id DESC`,
  )) as unknown as PairedBrowserView[]

/** The statement that ends the pairing of one browser of an operator. */
export const unpairBrowser = (ownerId: number, id: number): Statement =>
  sql`DELETE FROM paired_browsers WHERE id = ${id} AND owner_id = ${ownerId}`

/** The statement that ends every pairing of an operator, and their unused code. */
export const unpairAll = (ownerId: number): Statement =>
  sql`DELETE FROM paired_browsers WHERE owner_id = ${ownerId}`

/** Notes that a browser used its token, and reads what it shows. */
export async function readHandedIn(db: Database, browser: PairedBrowser, now: number): Promise<HandedIn> {
  const [, own] = await transact(db, [
    sql`UPDATE paired_browsers SET last_used_at = ${now} WHERE id = ${browser.id}`,
    sql`SELECT health, last_good_at AS lastGoodAt FROM portal_sessions WHERE id = ${browser.sessionId}`,
  ])
  const row = own?.results[0]
  return { own: row ? { health: row.health as SessionHealth, lastGoodAt: Number(row.lastGoodAt) } : null }
}

/**
 * Takes the cookies that a paired browser sends, as if its operator had pasted them. Once the portal accepts the new
 * session, it replaces the one that this browser handed in before: the browser has only one, and renewed it.
 */
export async function handInFrom(
  context: HandInContext,
  browser: PairedBrowser,
  sent: string,
): Promise<HandInOutcome> {
  const outcome = await handIn(context, browser.ownerId, sent)
  if (!('id' in outcome) || outcome.id === browser.sessionId) return outcome
  const replaces = outcome.kind === 'kept' && browser.sessionId !== null
  await transact(context.db, [
    sql`UPDATE paired_browsers SET session_id = ${outcome.id} WHERE id = ${browser.id}`,
    ...(replaces
      ? [sql`DELETE FROM portal_sessions WHERE id = ${browser.sessionId} AND owner_id = ${browser.ownerId}`]
      : []),
  ])
  return outcome
}
