import type { Image } from 'qr/decode.js'

/** What `page-qr.js` adds to the page once it is loaded. */
export interface QrReader {
  /** The text of the code in the pixels; null: none. */
  readPixels(pixels: Image): string | null
}

export type WithQrReader = typeof globalThis & { qrReader?: QrReader }
