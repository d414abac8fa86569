import { byteOffset, cannotParse, type Formatted, type MessageEntity } from './formatted.ts'

const RESERVED = '_*[]()~`>#+-=|{}.!'

type Mark = 'bold' | 'italic' | 'underline' | 'strikethrough' | 'spoiler' | 'link'

const NAMES: Readonly<Record<Mark, string>> = {
  bold: 'Bold',
  italic: 'Italic',
  underline: 'Underline',
  strikethrough: 'Strikethrough',
  spoiler: 'Spoiler',
  link: 'TextUrl',
}

interface OpenMark {
  mark: Mark
  /** Where its text starts in what was read so far. */
  start: number
  /** Byte offset of its opening in the source, for the refusal. */
  offset: number
}

/** The mark that begins or ends here, with the length of its sign. */
function markAt(source: string, index: number): { mark: Mark; sign: string } | undefined {
  const two = source.slice(index, index + 2)
  if (two === '__') return { mark: 'underline', sign: two }
  if (two === '||') return { mark: 'spoiler', sign: two }
  switch (source[index]) {
    case '*':
      return { mark: 'bold', sign: '*' }
    case '_':
      return { mark: 'italic', sign: '_' }
    case '~':
      return { mark: 'strikethrough', sign: '~' }
    case '[':
      return { mark: 'link', sign: '[' }
    default:
      return undefined
  }
}

/** Reads up to the first unescaped `end`; undefined when there is none. */
function readUntil(source: string, from: number, end: string): { text: string; next: number } | undefined {
  let text = ''
  for (let index = from; index < source.length; index += 1) {
    if (source.startsWith(end, index)) return { text, next: index + end.length }
    if (source[index] === '\\' && index + 1 < source.length) index += 1
    text += source[index]
  }
  return undefined
}

/**
 * Reads Telegram's MarkdownV2 (https://core.telegram.org/bots/api#markdownv2-style).
 * @throws ApiError 400 "can't parse entities: …" as Telegram words it, offsets in UTF-8 bytes
 */
export function parseMarkdownV2(source: string): Formatted {
  const entities: MessageEntity[] = []
  const open: OpenMark[] = []
  let text = ''
  let quoteStart: number | undefined
  let index = 0

  const closeQuote = () => {
    if (quoteStart === undefined) return
    const length = text.length - quoteStart
    if (length > 0) entities.push({ type: 'blockquote', offset: quoteStart, length })
    quoteStart = undefined
  }

  while (index < source.length) {
    const character = source[index] ?? ''
    const following = source[index + 1]
    if (character === '\\' && following !== undefined && following.charCodeAt(0) < 127) {
      text += following
      index += 2
      continue
    }
    const atLineStart = index === 0 || source[index - 1] === '\n'
    if (atLineStart && quoteStart !== undefined && character !== '>') closeQuote()
    if (atLineStart && character === '>') {
      quoteStart ??= text.length
      index += 1
      continue
    }
    if (character === '`') {
      const fence = source.startsWith('```', index) ? '```' : '`'
      const block = readUntil(source, index + fence.length, fence)
      const kind = fence === '`' ? 'Code' : 'Pre'
      if (!block)
        throw cannotParse(`Can't find end of ${kind} entity at byte offset ${byteOffset(source, index)}`)
      const language = fence === '`' ? undefined : /^([^\s`]+)\n/.exec(block.text)?.[1]
      const body = fence === '`' ? block.text : block.text.slice(language?.length ?? 0).replace(/^\n/, '')
      if (body.length > 0) {
        const place = { offset: text.length, length: body.length }
        if (fence === '`') entities.push({ type: 'code', ...place })
        else entities.push({ type: 'pre', ...place, ...(language ? { language } : {}) })
      }
      text += body
      index = block.next
      continue
    }
    const current = open.at(-1)
    if (character === ']' && current?.mark === 'link') {
      open.pop()
      index += 1
      const length = text.length - current.start
      let url = text.slice(current.start)
      if (source[index] === '(') {
        const target = readUntil(source, index + 1, ')')
        if (!target) throw cannotParse(`Can't find end of a URL at byte offset ${byteOffset(source, index)}`)
        url = target.text
        index = target.next
      }
      if (length > 0 && URL.canParse(url)) {
        entities.push({ type: 'text_link', offset: current.start, length, url })
      }
      continue
    }
    const found = markAt(source, index)
    if (!found) {
      if (RESERVED.includes(character)) {
        throw cannotParse(`Character '${character}' is reserved and must be escaped with the preceding '\\'`)
      }
      text += character
      index += 1
      continue
    }
    if (current?.mark === found.mark && found.mark !== 'link') {
      open.pop()
      const length = text.length - current.start
      if (length > 0) entities.push({ type: current.mark as 'bold', offset: current.start, length })
    } else {
      open.push({ mark: found.mark, start: text.length, offset: byteOffset(source, index) })
    }
    index += found.sign.length
  }
  closeQuote()
  const unclosed = open.at(-1)
  if (unclosed)
    throw cannotParse(`Can't find end of ${NAMES[unclosed.mark]} entity at byte offset ${unclosed.offset}`)
  return { text, entities }
}
