import type { IncomingMessage } from 'node:http'
import { badRequest } from './api-error.ts'

/** A file that arrived in a multipart body. */
export interface UploadedFile {
  name: string
  mime: string
  bytes: Uint8Array
}

/**
 * The parameters of one call, whatever its encoding: Telegram takes JSON, urlencoded and multipart bodies and the
 * query string, numbers as text, and nested objects as JSON text.
 */
export class Parameters {
  readonly #values: Record<string, unknown>
  readonly #files: Map<string, UploadedFile>

  constructor(values: Record<string, unknown>, files = new Map<string, UploadedFile>()) {
    this.#values = values
    this.#files = files
  }

  has(name: string): boolean {
    const value = this.#values[name]
    return value !== undefined && value !== null && value !== ''
  }

  /** The parameter as text; an empty string when it was not given. */
  text(name: string): string {
    const value = this.#values[name]
    if (value === undefined || value === null) return ''
    return typeof value === 'string' ? value : JSON.stringify(value)
  }

  /** The parameter as a whole number; undefined when absent or not a number, as Telegram reads it. */
  integer(name: string): number | undefined {
    if (!this.has(name)) return undefined
    const number = Number(this.#values[name])
    return Number.isSafeInteger(number) ? number : undefined
  }

  flag(name: string): boolean {
    const value = this.#values[name]
    return value === true || value === 1 || (typeof value === 'string' && /^(true|yes|1)$/i.test(value))
  }

  /**
   * A nested value, given as such or as JSON text; undefined when absent.
   * @param what how Telegram names it in the refusal, e.g. `reply keyboard markup JSON object`
   * @throws ApiError when the text is not JSON
   */
  json(name: string, what: string): unknown {
    if (!this.has(name)) return undefined
    const value = this.#values[name]
    if (typeof value !== 'string') return value
    try {
      return JSON.parse(value)
    } catch {
      throw badRequest(`can't parse ${what}`)
    }
  }

  /** A file given inline under `name`, or through `attach://part`. */
  file(name: string): UploadedFile | undefined {
    const reference = this.#values[name]
    const attached =
      typeof reference === 'string' && reference.startsWith('attach://') ? reference.slice(9) : name
    return this.#files.get(attached)
  }

  /** The chat of this call as given: a number, or `@name`; undefined when absent. */
  chatReference(): number | string | undefined {
    if (!this.has('chat_id')) return undefined
    const text = this.text('chat_id')
    const number = Number(text)
    return Number.isSafeInteger(number) ? number : text
  }
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function readMultipart(body: Buffer, contentType: string): Promise<Parameters> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData()
  const values: Record<string, unknown> = {}
  const files = new Map<string, UploadedFile>()
  for (const [name, value] of form) {
    if (typeof value === 'string') values[name] = value
    else {
      const bytes = new Uint8Array(await value.arrayBuffer())
      files.set(name, { name: value.name, mime: value.type || 'application/octet-stream', bytes })
    }
  }
  return new Parameters(values, files)
}

/**
 * Reads the parameters of one call.
 * @throws ApiError when the body cannot be read as what its content type says
 */
export async function readParameters(request: IncomingMessage, query: URLSearchParams): Promise<Parameters> {
  const fromQuery = Object.fromEntries(query)
  const body = await readAll(request)
  const contentType = request.headers['content-type'] ?? ''
  if (body.length === 0) return new Parameters(fromQuery)
  if (contentType.startsWith('application/json')) {
    let parsed: unknown
    try {
      parsed = JSON.parse(body.toString('utf8'))
    } catch {
      throw badRequest("can't parse request: body is not valid JSON")
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
      throw badRequest("can't parse request: expected a JSON object")
    }
    return new Parameters({ ...fromQuery, ...parsed })
  }
  if (contentType.startsWith('multipart/form-data')) {
    try {
      return await readMultipart(body, contentType)
    } catch {
      throw badRequest("can't parse request: broken multipart body")
    }
  }
  return new Parameters({ ...fromQuery, ...Object.fromEntries(new URLSearchParams(body.toString('utf8'))) })
}
