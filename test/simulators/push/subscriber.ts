/** A browser's side of Web Push: its keys, and how it reads what comes (RFC 8188, RFC 8291), written apart from the sender. */

const utf8 = (text: string) => new TextEncoder().encode(text)
const toBase64url = (bytes: ArrayBuffer | Uint8Array) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_')

export const fromBase64url = (text: string) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) =>
    character.charCodeAt(0),
  )

const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))

async function derive(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, bytes: number) {
  const key = await crypto.subtle.importKey('raw', new Uint8Array(secret), 'HKDF', false, ['deriveBits'])
  const options = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(salt), info: new Uint8Array(info) }
  return new Uint8Array(await crypto.subtle.deriveBits(options, key, bytes * 8))
}

/** A browser that subscribed. */
export interface Subscriber {
  endpoint: string
  keys: { p256dh: string; auth: string }
  /** The text of a push message. @throws when it was not encrypted for this browser */
  read(body: Uint8Array): Promise<string>
}

export async function subscriberAt(endpoint: string): Promise<Subscriber> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const { publicKey, privateKey } = pair as CryptoKeyPair
  const own = new Uint8Array((await crypto.subtle.exportKey('raw', publicKey)) as ArrayBuffer)
  const auth = crypto.getRandomValues(new Uint8Array(16))
  return {
    endpoint,
    keys: { p256dh: toBase64url(own), auth: toBase64url(auth) },
    async read(body) {
      const salt = body.slice(0, 16)
      const idLength = body[20] ?? 0
      const theirs = body.slice(21, 21 + idLength)
      const sender = await crypto.subtle.importKey(
        'raw',
        theirs,
        { name: 'ECDH', namedCurve: 'P-256' },
        false,
        [],
      )
      const shared = await crypto.subtle.deriveBits(
        { name: 'ECDH', public: sender } as never,
        privateKey,
        256,
      )
      const info = join(utf8('WebPush: info\0'), own, theirs)
      const secret = await derive(new Uint8Array(shared), auth, info, 32)
      const content = await derive(secret, salt, utf8('Content-Encoding: aes128gcm\0'), 16)
      const nonce = await derive(secret, salt, utf8('Content-Encoding: nonce\0'), 12)
      const key = await crypto.subtle.importKey('raw', content, 'AES-GCM', false, ['decrypt'])
      const plain = new Uint8Array(
        await crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce }, key, body.slice(21 + idLength)),
      )
      // The last record ends with 2 and any number of zeroes.
      return new TextDecoder().decode(plain.slice(0, plain.lastIndexOf(2)))
    },
  }
}
