import { type HTMLElement, parse } from 'node-html-parser'

/** No name or sentence of the site is longer. */
const LONGEST = 2_000
/** The site encodes some texts twice: once for its database and once for the page. */
const PASSES = 3
/** The parser's time grows with the square of the depth: an honest page is some thirty elements deep. */
const DEEPEST = 400

const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/i
const BREAKS = /<(?:br|\/p|\/div|\/li|\/h\d)\b[^<>]*>/gi

/** How deep the elements of a page are nested at most, and how many comments it opens. */
function deepest(html: string): number {
  let depth = 0
  let most = 0
  for (const [, closing, name = ''] of html.matchAll(/<(\/?)([a-z][a-z0-9-]*)/gi)) {
    if (VOID.test(name)) continue
    depth = Math.max(0, depth + (closing ? -1 : 1))
    most = Math.max(most, depth)
  }
  return Math.max(most, html.split('<!--').length)
}

/** A page of the site as a tree; an empty one for what is nested deeper than any honest page. */
export const parsePage = (html: string, options?: Parameters<typeof parse>[1]): HTMLElement =>
  parse(deepest(html) > DEEPEST ? '' : html, options)

/**
 * What a person reads where the site wrote this text or piece of markup: no tags, entities decoded, single spaces.
 * Names in JSON and names in pages go through here alike, so that they compare equal.
 */
export function siteText(raw: string): string {
  let text = raw.slice(0, LONGEST)
  for (let pass = 0; pass < PASSES && /[<&]/.test(text); pass++)
    text = parsePage(text.replace(BREAKS, ' ')).textContent
  return (
    text
      .replace(/[\u200b-\u200d\u2060\ufeff\u00ad]/g, '')
      // Calendars and spreadsheets take no control characters, and half a surrogate pair is no text.
      .replace(/[\s\p{Cc}\p{Cs}]+/gu, ' ')
      .trim()
  )
}

/** What a person reads in the first element that a selector finds; empty when there is none. */
export const textAt = (node: HTMLElement, selector: string): string =>
  siteText(node.querySelector(selector)?.innerHTML ?? '')

/** A course's name as this project keeps it: in capitals, as most of the site's pages show it. */
export const courseName = (raw: string): string => siteText(raw).toUpperCase()
