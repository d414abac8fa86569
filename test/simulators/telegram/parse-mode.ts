import type { MessageEntity } from 'grammy/types'

/** Telegram could not read a marked-up text. */
export class ParseError extends Error {}

const TAGS: Record<string, MessageEntity['type']> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  code: 'code',
  pre: 'pre',
  a: 'text_link',
  'tg-spoiler': 'spoiler',
  blockquote: 'blockquote',
}
const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' }

/** Reads Telegram's HTML mode; anything it does not know is the error that Telegram gives. */
export function parseHtml(html: string): { text: string; entities: MessageEntity[] } {
  let text = ''
  const entities: MessageEntity[] = []
  const open: { tag: string; offset: number; url: string | undefined }[] = []
  const pattern = /<(\/?)([a-zA-Z][\w-]*)([^>]*)>|&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));|([<])|([^<&]+|&)/g
  for (const [, close, name, attributes, decimal, hex, named, stray, plain] of html.matchAll(pattern)) {
    if (stray) throw new ParseError(`Unsupported start tag "" at byte offset ${text.length}`)
    if (plain !== undefined) text += plain
    else if (decimal ?? hex)
      text += String.fromCodePoint(Number.parseInt(decimal ?? hex ?? '', decimal ? 10 : 16))
    else if (named) text += NAMED[named] ?? `&${named};`
    else if (name) {
      const tag = name.toLowerCase()
      const type = TAGS[tag]
      if (!type) throw new ParseError(`Unsupported start tag "${tag}" at byte offset ${text.length}`)
      if (!close) {
        open.push({ tag, offset: text.length, url: /href\s*=\s*"([^"]*)"/.exec(attributes ?? '')?.[1] })
        continue
      }
      const started = open.pop()
      if (started?.tag !== tag) throw new ParseError(`Unexpected end tag at byte offset ${text.length}`)
      const range = { offset: started.offset, length: text.length - started.offset }
      if (range.length > 0) {
        entities.push(
          (type === 'text_link'
            ? { type, ...range, url: started.url ?? '' }
            : { type, ...range }) as MessageEntity,
        )
      }
    }
  }
  const unclosed = open.at(-1)
  if (unclosed) throw new ParseError(`Can't find end tag corresponding to start tag "${unclosed.tag}"`)
  return { text, entities }
}
