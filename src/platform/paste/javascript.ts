import * as z from 'zod'
import { type PastedRequest, readHeaders } from './request.ts'

const pair = z.object({ name: z.string(), value: z.string() })
const har = z.object({
  log: z.object({
    entries: z.array(z.object({ request: z.object({ url: z.string(), headers: z.array(pair) }) })),
  }),
})
const cookieList = z.array(pair.extend({ domain: z.string().optional() })).min(1)

/** A JSON value; undefined when the text is none. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not every text in braces is JSON: it is read otherwise.
    return undefined
  }
}

/** "Copy all as HAR", or the cookies that an extension of the browser exports; null when the text is neither. */
export function parseJson(text: string): PastedRequest[] | null {
  if (!/^[[{]/.test(text)) return null
  const json = jsonOf(text)
  const archive = har.safeParse(json)
  if (archive.success)
    return archive.data.log.entries.map(({ request: { url, headers } }) =>
      readHeaders(
        headers.map(({ name, value }) => `${name}: ${value}`),
        url,
      ),
    )
  const cookies = cookieList.safeParse(json)
  if (!cookies.success) return null
  const byDomain = Map.groupBy(cookies.data, ({ domain = '' }) => domain.replace(/^\./, ''))
  return [...byDomain].map(([domain, list]) =>
    readHeaders(
      list.map(({ name, value }) => `cookie: ${name}=${value}`),
      domain || undefined,
    ),
  )
}

const string = String.raw`"((?:[^"\\]|\\[\s\S])*)"`
const START = new RegExp(String.raw`\bfetch\(\s*${string}`, 'g')
const HEADER = new RegExp(String.raw`"([\w:-]{1,100})"\s?:\s?${string}`, 'g')
const unescaped = (text: string): string => String(jsonOf(`"${text}"`) ?? text)

/** "Copy as fetch" and "Copy as fetch (Node.js)", of one request or of all. */
export function parseFetch(text: string): PastedRequest[] {
  const starts = [...text.matchAll(START)]
  return starts.map(({ index, 0: start, 1: address = '' }, at) => {
    const options = text.slice(index + start.length, starts[at + 1]?.index)
    const lines = [...options.matchAll(HEADER)].map(([, name, value = '']) => `${name}: ${unescaped(value)}`)
    return readHeaders(lines, unescaped(address))
  })
}
