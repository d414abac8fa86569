import { byteOffset, cannotParse, type Formatted, type MessageEntity } from './formatted.ts'

type SimpleType =
  | 'bold'
  | 'italic'
  | 'underline'
  | 'strikethrough'
  | 'spoiler'
  | 'code'
  | 'pre'
  | 'blockquote'

const SIMPLE: Readonly<Record<string, SimpleType>> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
}
const TAGS = new Set([...Object.keys(SIMPLE), 'a', 'span', 'tg-emoji'])
const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' }

interface OpenTag {
  name: string
  attributes: ReadonlyMap<string, string>
  /** Where its text starts in what was read so far. */
  start: number
}

/** Decodes `&lt;`, `&gt;`, `&amp;`, `&quot;` and numeric references; anything else stays as written. */
const decode = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(lt|gt|amp|quot));?/gi, (whole, hex, decimal, name) => {
    if (name) return NAMED[String(name).toLowerCase()] ?? whole
    const code = hex ? Number.parseInt(hex, 16) : Number(decimal)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

function readAttributes(source: string, tag: string, offset: number): Map<string, string> {
  const attributes = new Map<string, string>()
  let rest = source.trim()
  while (rest !== '' && rest !== '/') {
    const name = /^[^\s=]+/.exec(rest)?.[0]
    if (name === undefined) {
      throw cannotParse(`Empty attribute name in the tag "${tag}" at byte offset ${offset}`)
    }
    rest = rest.slice(name.length).trimStart()
    if (!rest.startsWith('=')) {
      // Telegram knows one attribute without a value: <blockquote expandable>.
      if (tag === 'blockquote' && name.toLowerCase() === 'expandable') {
        attributes.set('expandable', '')
        continue
      }
      throw cannotParse(
        `Expected equal sign in declaration of an attribute of the tag "${tag}" at byte offset ${offset}`,
      )
    }
    rest = rest.slice(1).trimStart()
    const value = /^(?:"([^"]*)"|'([^']*)'|([\w.-]+))/.exec(rest)
    if (!value) throw cannotParse(`Unclosed start tag at byte offset ${offset}`)
    attributes.set(name.toLowerCase(), decode(value[1] ?? value[2] ?? value[3] ?? ''))
    rest = rest.slice(value[0].length).trimStart()
  }
  return attributes
}

/** Where the start tag that begins at `from` ends, quotes respected; -1 when it never does. */
function endOfTag(source: string, from: number): number {
  let quote = ''
  for (let index = from; index < source.length; index += 1) {
    const character = source[index] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '>') return index
  }
  return -1
}

function entityOf(tag: OpenTag, text: string): MessageEntity | undefined {
  const offset = tag.start
  const length = text.length - offset
  if (length === 0) return undefined
  if (tag.name === 'a') {
    const url = tag.attributes.get('href') ?? text.slice(offset)
    const absolute = /^[a-z][a-z\d+.-]*:/i.test(url) ? url : `http://${url}`
    return URL.canParse(absolute) ? { type: 'text_link', offset, length, url: absolute } : undefined
  }
  if (tag.name === 'span') return { type: 'spoiler', offset, length }
  if (tag.name === 'tg-emoji') {
    return { type: 'custom_emoji', offset, length, custom_emoji_id: tag.attributes.get('emoji-id') ?? '' }
  }
  if (tag.name === 'blockquote' && tag.attributes.has('expandable')) {
    return { type: 'expandable_blockquote', offset, length }
  }
  const type = SIMPLE[tag.name]
  return type === undefined ? undefined : { type, offset, length }
}

/** `<pre><code class="language-x">` is one block with a language, not two entities. */
function mergeCodeBlocks(entities: MessageEntity[], languages: ReadonlyMap<MessageEntity, string>) {
  const kept: MessageEntity[] = []
  for (const entity of entities) {
    const outer = entities.find(
      (other) => other.type === 'pre' && other.offset === entity.offset && other.length === entity.length,
    )
    if (entity.type !== 'code' || !outer) {
      kept.push(entity)
      continue
    }
    const language = languages.get(entity)
    if (language && outer.type === 'pre') outer.language = language
  }
  return kept
}

/**
 * Reads Telegram's HTML (https://core.telegram.org/bots/api#html-style).
 * @throws ApiError 400 "can't parse entities: …" as Telegram words it, offsets in UTF-8 bytes
 */
export function parseHtml(source: string): Formatted {
  const entities: MessageEntity[] = []
  const languages = new Map<MessageEntity, string>()
  const open: OpenTag[] = []
  let text = ''
  let index = 0
  while (index < source.length) {
    const next = source.indexOf('<', index)
    const until = next === -1 ? source.length : next
    text += decode(source.slice(index, until))
    if (next === -1) break
    const offset = byteOffset(source, next)
    if (source[next + 1] === '/') {
      const end = source.indexOf('>', next)
      const tag = open.pop()
      if (!tag) throw cannotParse(`Unexpected end tag at byte offset ${offset}`)
      if (end === -1) throw cannotParse(`Unclosed end tag at byte offset ${offset}`)
      const name = source
        .slice(next + 2, end)
        .trim()
        .toLowerCase()
      if (name !== '' && name !== tag.name) {
        throw cannotParse(
          `Unmatched end tag at byte offset ${offset}, expected "</${tag.name}>", found "</${name}>"`,
        )
      }
      const entity = entityOf(tag, text)
      if (entity) {
        entities.push(entity)
        const language = /^language-(.+)$/.exec(tag.attributes.get('class') ?? '')?.[1]
        if (language) languages.set(entity, language)
      }
      index = end + 1
      continue
    }
    const name = /^[^\s>]*/.exec(source.slice(next + 1))?.[0] ?? ''
    const lower = name.toLowerCase()
    const end = endOfTag(source, next + 1 + name.length)
    if (next + 1 + name.length >= source.length)
      throw cannotParse(`Unclosed start tag at byte offset ${offset}`)
    if (!TAGS.has(lower)) throw cannotParse(`Unsupported start tag "${lower}" at byte offset ${offset}`)
    if (end === -1) throw cannotParse(`Unclosed start tag "${lower}" at byte offset ${offset}`)
    const attributes = readAttributes(source.slice(next + 1 + name.length, end), lower, offset)
    if (lower === 'span' && attributes.get('class') !== 'tg-spoiler') {
      throw cannotParse(`Tag "span" must have class "tg-spoiler" at byte offset ${offset}`)
    }
    open.push({ name: lower, attributes, start: text.length })
    index = end + 1
  }
  const unclosed = open.at(-1)
  if (unclosed) throw cannotParse(`Can't find end tag corresponding to start tag "${unclosed.name}"`)
  return { text, entities: mergeCodeBlocks(entities, languages) }
}
