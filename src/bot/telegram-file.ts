import type { Message as TelegramMessage } from 'grammy/types'
import { readBytes } from '../platform/read-bounded.ts'
import { SECOND } from '../platform/time.ts'
import type { BotContext } from './context.ts'

/** Larger files are not fetched. */
const MAX_BYTES = 5 * 1024 * 1024
const TIMEOUT = 15 * SECOND
/** The side of a picture that is enough to read a code. */
const ENOUGH = 1600

/** A file of Telegram's that may hold a code; `wrong-format`: a picture or document of a kind that is not read. */
export type SentPicture = { fileId: string } | 'wrong-format' | 'too-large'

/** The picture that a message holds: of a photo's sizes the largest useful one, or a picture sent as a file. */
export function pictureIn(message: Partial<TelegramMessage> | undefined): SentPicture | null {
  const { photo, document } = message ?? {}
  if (Array.isArray(photo)) {
    const sizes = photo.filter((size) => Math.max(size.width, size.height) <= ENOUGH)
    const best = (sizes.length > 0 ? sizes : photo.slice(0, 1)).reduce<(typeof photo)[number] | null>(
      (largest, size) =>
        largest && largest.width * largest.height >= size.width * size.height ? largest : size,
      null,
    )
    if (typeof best?.file_id === 'string') return { fileId: best.file_id }
  }
  if (typeof document?.file_id !== 'string') return null
  const [type, name] = [String(document.mime_type ?? ''), String(document.file_name ?? '')]
  if (!/^image\/(png|jpe?g)$/i.test(type) && !/\.(png|jpe?g)$/i.test(name))
    return /^image\/|^application\/pdf$/i.test(type) ||
      /\.(hei[cf]|avif|webp|gif|pdf|svg|bmp|tiff?)$/i.test(name)
      ? 'wrong-format'
      : null
  return Number(document.file_size ?? 0) > MAX_BYTES ? 'too-large' : { fileId: document.file_id }
}

/** The file in a message (a long paste); null: none, or a picture. */
export function documentIn(message: Partial<TelegramMessage> | undefined): string | 'too-large' | null {
  const { document } = message ?? {}
  if (typeof document?.file_id !== 'string') return null
  return Number(document.file_size ?? 0) > MAX_BYTES ? 'too-large' : document.file_id
}

/** Fetches a sent file; null when Telegram does not return it, or it is too large. */
export async function fetchFile(ctx: BotContext, fileId: string): Promise<Uint8Array | null> {
  const config = ctx.deps.settings
  let bytes: Uint8Array | null = null
  await ctx.tryCall('getFile', async (api) => {
    const { file_path: path, file_size: size = 0 } = await api.getFile(fileId)
    if (path === undefined || size > MAX_BYTES) return
    const address = `${config.TELEGRAM_API_ROOT}/file/bot${config.TELEGRAM_BOT_TOKEN}/${path}`
    const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT) })
    if (!response.ok || Number(response.headers.get('content-length') ?? 0) > MAX_BYTES) {
      await response.body?.cancel()
      return
    }
    bytes = await readBytes(response, MAX_BYTES)
  })
  return bytes
}
