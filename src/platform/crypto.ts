/**
 * Secrets at rest. Each purpose (a portal session, one student's credentials) has a key of its own, derived from
 * `ENCRYPTION_KEY` by HKDF-SHA256, and AES-256-GCM binds the ciphertext to the purpose and to its place (table, column and
 * row): a value moved anywhere else does not open there.
 */

/** The configured keys, newest first: the first one encrypts, each of them may decrypt (rotation). */
export type Keyring = readonly [string, ...string[]]

/** Where a sealed value is kept: `table.column/row`, or `cookie`. */
export type SealPlace = 'cookie' | `${string}.${string}/${string}`

/** The last part of a value that is bound to its place; versions before 0.3.0 bound values to their purpose only. */
const BOUND = 'b'

/** A sealed value could not be opened: wrong key, wrong purpose, or damaged. The message holds no secret. */
export class UnsealError extends Error {
  override name = 'UnsealError'
}

const utf8 = new TextEncoder()
const toBase64Url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
const fromBase64Url = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))

async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const material = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: utf8.encode('sportello'), info: utf8.encode(purpose) },
    material,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

/** A short public name of a key, so that rotation can find values sealed with an old one. */
async function keyId(secret: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8.encode(`key-id:${secret}`))
  return toBase64Url(new Uint8Array(digest).slice(0, 6))
}

/** The public name of the key that seals: Workers with the same name use the same key. */
export const newestKeyId = (keys: Keyring): Promise<string> => keyId(keys[0])

const boundTo = (purpose: string, place: SealPlace) => utf8.encode(`${purpose}\n${place}`)

/** Encrypts `plain` for `purpose` and `place` with the newest key. The result is text: `key id.iv.ciphertext.b`. */
export async function seal(keys: Keyring, purpose: string, place: SealPlace, plain: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const key = await deriveKey(keys[0], purpose)
  const data = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: boundTo(purpose, place) },
    key,
    utf8.encode(plain),
  )
  return `${await keyId(keys[0])}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(data))}.${BOUND}`
}

/**
 * Decrypts what `seal` made for the same purpose and place. A value of a version before 0.3.0 opens wherever its purpose
 * is right, until the rotation of the key seals it again.
 * @throws UnsealError when no configured key opens it.
 */
export async function unseal(
  keys: Keyring,
  purpose: string,
  place: SealPlace,
  sealed: string,
): Promise<string> {
  const [id, iv, data, ...more] = sealed.split('.')
  const bound = more.length === 1 && more[0] === BOUND
  if (!id || !iv || !data || (more.length > 0 && !bound)) throw new UnsealError('not a sealed value')
  const additionalData = bound ? boundTo(purpose, place) : utf8.encode(purpose)
  for (const secret of keys) {
    if ((await keyId(secret)) !== id) continue
    const key = await deriveKey(secret, purpose)
    try {
      const [nonce, bytes] = [fromBase64Url(iv), fromBase64Url(data)]
      // Reject unused bits in the last character: each value has one encoding.
      if (toBase64Url(bytes) !== data) throw new UnsealError('not a sealed value')
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, bytes)
      return new TextDecoder().decode(plain)
    } catch (error) {
      throw new UnsealError('the sealed value is damaged, or of another purpose or place', { cause: error })
    }
  }
  throw new UnsealError('no configured ENCRYPTION_KEY opens this value: was it rotated without the old key?')
}

/** True when `sealed` was made with a key other than the newest, or is not bound to its place: it should be sealed again. */
export async function needsResealing(keys: Keyring, sealed: string): Promise<boolean> {
  return sealed.split('.', 1)[0] !== (await keyId(keys[0])) || !sealed.endsWith(`.${BOUND}`)
}

/** Makes the hashes of a text under a key of its own for `purpose`. */
async function hashUnder(secret: string, purpose: string): Promise<(text: string) => Promise<string>> {
  const material = await crypto.subtle.importKey('raw', utf8.encode(secret), 'HKDF', false, ['deriveKey'])
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: utf8.encode('sportello'), info: utf8.encode(`hash:${purpose}`) },
    material,
    { name: 'HMAC', hash: 'SHA-256', length: 256 },
    false,
    ['sign'],
  )
  return async (text) => toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8.encode(text))))
}

/**
 * A keyed hash of a text: for looking up what must not be stored. Without the key it cannot be guessed by trying. It
 * changes with the newest key.
 */
export const keyedHash = async (keys: Keyring, purpose: string, text: string): Promise<string> =>
  (await hashUnder(keys[0], purpose))(text)

/**
 * Hashes of many texts under each configured key, for finding what was hashed before a rotation. The first one is
 * `keyedHash`'s.
 */
export async function keyedHashes(
  keys: Keyring,
  purpose: string,
): Promise<(text: string) => Promise<string[]>> {
  const hashes = await Promise.all(keys.map((secret) => hashUnder(secret, purpose)))
  return (text) => Promise.all(hashes.map((hash) => hash(text)))
}

/** A new secret of 256 random bits, base64url. */
export const randomSecret = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(32)))

/**
 * SHA-256 of a random secret, base64url: for storing what must only be recognised. Not for what can be guessed by trying:
 * that needs `keyedHash`.
 */
export const hashSecret = async (secret: string): Promise<string> =>
  toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8.encode(secret))))

/** Compares two texts in a time that does not depend on where they differ; the length of a secret is not one. */
export function timingSafeEqual(a: string, b: string): boolean {
  const [x, y] = [utf8.encode(a), utf8.encode(b)]
  let difference = x.length ^ y.length
  for (let i = 0; i < x.length; i++) difference |= (x[i] ?? 0) ^ (y[i] ?? 0)
  return difference === 0
}
