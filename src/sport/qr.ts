import { decodeQR } from 'qr/decode.js'
import { describeError, log } from '../platform/log.ts'
import type { Brightness } from './picture/brightness.ts'
import { isJpeg, readJpeg } from './picture/jpeg.ts'
import { isPng, readPng } from './picture/png.ts'

/** Why a picture gives no text: what to tell the person. */
export type PictureProblem = 'no-code' | 'wrong-format' | 'too-large'

export type QrResult = { ok: true; text: string } | { ok: false; problem: PictureProblem }

const failed = (problem: PictureProblem): QrResult => ({ ok: false, problem })

/** Kinds of file that people send in good faith and that are not read here, by how they begin. */
const OTHERS: readonly ((bytes: Uint8Array, head: string) => boolean)[] = [
  (_, head) => head.startsWith('GIF8'),
  (_, head) => head.startsWith('%PDF'),
  (_, head) => head.startsWith('RIFF') && head.slice(8, 12) === 'WEBP',
  // HEIC, AVIF and their relatives.
  (_, head) => head.slice(4, 8) === 'ftyp',
  (_, head) => head.startsWith('BM'),
  (bytes) => (bytes[0] === 0x49 && bytes[1] === 0x49) || (bytes[0] === 0x4d && bytes[1] === 0x4d),
  (_, head) => /^\s*<(\?xml|svg|!doctype)/i.test(head),
]

async function brightnessIn(bytes: Uint8Array): Promise<Brightness | PictureProblem> {
  const picture = isPng(bytes) ? await readPng(bytes) : isJpeg(bytes) ? readJpeg(bytes) : null
  if (picture === 'damaged') return 'no-code'
  if (picture) return picture
  const head = String.fromCharCode(...bytes.subarray(0, 16))
  return OTHERS.some((is) => is(bytes, head)) ? 'wrong-format' : 'no-code'
}

/**
 * The text of the QR code in a PNG (up to 16 megapixels) or JPEG (up to 4). Memory and work are bounded by the headers
 * before anything is decoded, and by a megapixel that is searched; the search itself keeps a fixed number of candidates.
 * Never throws.
 */
export async function readQr(bytes: Uint8Array): Promise<QrResult> {
  try {
    const picture = await brightnessIn(bytes)
    if (typeof picture === 'string') return failed(picture)
    // A tier of retries that does not look at the clock, which stands still in a Worker.
    return { ok: true, text: decodeQR(picture, { format: 'I420', effort: 1 }) }
  } catch (error) {
    log('info', 'picture-unreadable', { error: describeError(error) })
    return failed('no-code')
  }
}
