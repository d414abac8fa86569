import { badRequest } from '../api-error.ts'
import type { Parameters } from '../parameters.ts'
import { type Formatted, inOrder, readEntities, tidy, withFoundEntities } from './formatted.ts'
import { parseHtml } from './html.ts'
import { parseMarkdownV2 } from './markdown.ts'

/** Longest text of a message, and of a caption, in UTF-16 units after its formatting was read. */
export const LONGEST_TEXT = 4_096
export const LONGEST_CAPTION = 1_024

function parse(source: string, mode: string, entities: unknown): Formatted {
  switch (mode.toLowerCase()) {
    case '':
      return { text: source, entities: inOrder(readEntities(entities, source)) }
    case 'html':
      return parseHtml(source)
    case 'markdownv2':
      return parseMarkdownV2(source)
    default:
      throw badRequest('unsupported parse_mode')
  }
}

/**
 * Reads the text (or caption) of a call with its `parse_mode` or entities.
 * @throws ApiError 400 when it cannot be parsed or is too long; the caller says what an empty one means
 */
export function readFormatted(parameters: Parameters, field: 'text' | 'caption'): Formatted {
  const named = field === 'text' ? 'entities' : 'caption_entities'
  const entities = parameters.json(named, 'entities: expected a JSON array')
  const parsed = tidy(parse(parameters.text(field), parameters.text('parse_mode'), entities))
  if (field === 'text' && parsed.text.length > LONGEST_TEXT) throw badRequest('message is too long')
  if (field === 'caption' && parsed.text.length > LONGEST_CAPTION) {
    throw badRequest('message caption is too long')
  }
  return withFoundEntities(parsed)
}
