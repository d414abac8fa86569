import type { WithQrReader } from './qr-reader.ts'

/** The browser's own reader of codes, where there is one. */
interface BarcodeDetector {
  detect(image: ImageBitmapSource): Promise<{ rawValue: string }[]>
}
interface BarcodeDetectorClass {
  new (options: { formats: string[] }): BarcodeDetector
  getSupportedFormats(): Promise<string[]>
}

/** Larger pictures are searched smaller. */
const MAX_PIXELS = 1_000_000

/** Asks the browser itself; null: it has no reader, or sees no code. */
async function readByBrowser(picture: ImageBitmap): Promise<string | null> {
  const { BarcodeDetector } = globalThis as { BarcodeDetector?: BarcodeDetectorClass }
  if (!BarcodeDetector) return null
  try {
    if (!(await BarcodeDetector.getSupportedFormats()).includes('qr_code')) return null
    const [found] = await new BarcodeDetector({ formats: ['qr_code'] }).detect(picture)
    return found?.rawValue || null
  } catch (error) {
    // Some have the class and not the service behind it: our own reader looks instead.
    if (error instanceof DOMException || error instanceof TypeError) return null
    throw error
  }
}

/** Asks our own reader, which is loaded now. */
async function readByScript(picture: ImageBitmap, script: string): Promise<string | null> {
  await import(script)
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (picture.width * picture.height)))
  const canvas = document.createElement('canvas')
  canvas.width = Math.max(1, Math.floor(picture.width * scale))
  canvas.height = Math.max(1, Math.floor(picture.height * scale))
  const drawing = canvas.getContext('2d')
  if (!drawing) return null
  drawing.fillStyle = '#fff'
  drawing.fillRect(0, 0, canvas.width, canvas.height)
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height)
  const pixels = drawing.getImageData(0, 0, canvas.width, canvas.height)
  return (globalThis as WithQrReader).qrReader?.readPixels(pixels) ?? null
}

/**
 * Reads the code out of a chosen picture here, so that the picture never leaves the device: its text takes the place of
 * the typed key. What this browser cannot open goes with the form, and the server tries.
 */
async function readChosen(input: HTMLInputElement, key: HTMLInputElement, status: HTMLElement) {
  const file = input.files?.[0]
  const { reader = '', found = '', missing = '' } = input.dataset
  if (!file) return
  const picture = await createImageBitmap(file)
  const text = (await readByBrowser(picture)) ?? (await readByScript(picture, reader))
  picture.close()
  input.value = ''
  if (text !== null) key.value = text
  status.textContent = text === null ? missing : found
}

for (const input of document.querySelectorAll<HTMLInputElement>('input[type=file][data-reader]')) {
  const key = input.form?.querySelector<HTMLInputElement>('input[name=otpauth]')
  const status = input.form?.querySelector<HTMLElement>('[data-qr-status]')
  if (!key || !status) continue
  input.addEventListener('change', () => {
    status.textContent = ''
    readChosen(input, key, status).catch((error) => {
      console.info('The picture goes with the form:', error)
    })
  })
}
