import { decodeQR } from 'qr/decode.js'
import type { QrReader, WithQrReader } from './qr-reader.ts'

/** How thorough the search is: it runs once, on the person's own device. */
const EFFORT = 8

const reader: QrReader = {
  readPixels(pixels) {
    try {
      return decodeQR(pixels, { effort: EFFORT, timeLimit: Number.POSITIVE_INFINITY })
    } catch (error) {
      if (error instanceof Error) return null
      throw error
    }
  },
}
;(globalThis as WithQrReader).qrReader = reader
