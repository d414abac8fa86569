import { badRequest } from './api-error.ts'
import type { Parameters } from './parameters.ts'

const NEW_IN_BUTTONS = ['style', 'copy_text', 'disabled']

/**
 * Refuses a call as a Bot API server from before message effects, coloured, copying and disabled buttons may do.
 * @throws ApiError 400
 */
export function refuseNewFields(parameters: Parameters): void {
  if (parameters.has('message_effect_id')) throw badRequest('unknown parameter message_effect_id')
  const markup = parameters.json('reply_markup', 'reply keyboard markup JSON object') as
    | { inline_keyboard?: unknown }
    | undefined
  const rows = Array.isArray(markup?.inline_keyboard) ? markup.inline_keyboard : []
  for (const button of rows.flat() as Record<string, unknown>[]) {
    const field = NEW_IN_BUTTONS.find((name) => button?.[name] !== undefined)
    if (field !== undefined) throw badRequest(`can't parse InlineKeyboardButton: unknown field "${field}"`)
  }
}
