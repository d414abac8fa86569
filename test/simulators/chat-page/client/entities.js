// @ts-check
import { make } from './dom.js'

/** @typedef {import('../wire.ts').EntityView} Entity */

/** @type {Record<string, keyof HTMLElementTagNameMap>} */
const TAGS = {
  bold: 'strong',
  italic: 'em',
  underline: 'u',
  strikethrough: 's',
  code: 'code',
  pre: 'pre',
  blockquote: 'blockquote',
  expandable_blockquote: 'blockquote',
}

/** Entities inside which Telegram finds neither links nor commands. */
const CLOSED = new Set(['code', 'pre', 'text_link', 'url', 'email', 'bot_command', 'mention'])

/** What stands on lines of its own. */
const BLOCKS = new Set(['pre', 'blockquote', 'expandable_blockquote'])

const FOUND = /(?<![\w/])\/[a-z][a-z0-9_]{0,31}\b|https?:\/\/[^\s<>"]*[^\s<>".,;:!?)]/g

/**
 * A link that opens beside the page, or plain text when the address is of a kind that a page must not open.
 * @param {string} url
 * @param {(Node | string)[]} children
 */
function link(url, children) {
  if (!/^(https?|tg|mailto|tel):/i.test(url)) return make('span', {}, ...children)
  return make('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, ...children)
}

/** @param {string} text */
function command(text) {
  return make('button', { type: 'button', class: 'command', 'data-command': text }, text)
}

/**
 * Commands and addresses that nobody marked, as Telegram's own clients find them.
 * @param {string} text
 */
function plain(text) {
  /** @type {(Node | string)[]} */
  const nodes = []
  let from = 0
  for (const match of text.matchAll(FOUND)) {
    nodes.push(text.slice(from, match.index))
    nodes.push(match[0].startsWith('/') ? command(match[0]) : link(match[0], [match[0]]))
    from = match.index + match[0].length
  }
  nodes.push(text.slice(from))
  return nodes.filter((node) => node !== '')
}

/**
 * @param {Entity} entity
 * @param {string} covered
 * @param {(Node | string)[]} children
 */
function wrap(entity, covered, children) {
  switch (entity.type) {
    case 'text_link':
      return link(entity.url ?? '', children)
    case 'url':
      return link(/^[a-z]+:/i.test(covered) ? covered : `https://${covered}`, children)
    case 'email':
      return link(`mailto:${covered}`, children)
    case 'phone_number':
      return link(`tel:${covered.replaceAll(' ', '')}`, children)
    case 'bot_command':
      return command(covered)
    case 'spoiler':
      return make(
        'button',
        { type: 'button', class: 'spoiler', 'aria-label': 'Testo nascosto: mostra' },
        ...children,
      )
    default:
      return make(TAGS[entity.type] ?? 'span', {}, ...children)
  }
}

/**
 * @param {string} text
 * @param {number} start
 * @param {number} end
 * @param {Entity[]} entities sorted: outer ones first
 * @param {boolean} closed
 * @returns {(Node | string)[]}
 */
function range(text, start, end, entities, closed) {
  /** @param {number} from @param {number} to */
  const between = (from, to) => (closed ? [text.slice(from, to)] : plain(text.slice(from, to)))
  /** @type {(Node | string)[]} */
  const nodes = []
  let at = start
  for (const [index, entity] of entities.entries()) {
    const stop = Math.min(entity.offset + entity.length, end)
    if (entity.offset < at || stop <= entity.offset) continue
    nodes.push(...between(at, entity.offset))
    const inner = entities.slice(index + 1).filter((one) => one.offset < stop)
    const children = range(text, entity.offset, stop, inner, closed || CLOSED.has(entity.type))
    nodes.push(wrap(entity, text.slice(entity.offset, stop), children))
    // A block ends its line by itself: the line break after it would show as an empty line.
    at = BLOCKS.has(entity.type) && text[stop] === '\n' && stop < end ? stop + 1 : stop
  }
  nodes.push(...between(at, end))
  return nodes.filter((node) => node !== '')
}

/**
 * The text of a message as elements: formatting nests, and text is never read as markup.
 * @param {string} text
 * @param {Entity[]} entities
 */
export function formatted(text, entities) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length)
  return range(text, 0, text.length, sorted, false)
}
