import { GrammyError, type Transformer } from 'grammy'
import type { ApiResponse, InlineKeyboardButton } from 'grammy/types'
import { type Database, transact } from '../../../db/database.ts'
import { readState, writeState } from '../../../db/state.ts'
import { describeError, log } from '../../../platform/log.ts'
import { DAY } from '../../../platform/time.ts'
import { readTelegramFailure } from './telegram-errors.ts'

/** A server that refused new fields is tried with them again after this (ms): it may have been updated. */
const TRY_AGAIN_AFTER = DAY

type Payload = {
  message_effect_id?: string
  reply_markup?: { inline_keyboard?: readonly (readonly InlineKeyboardButton[])[] }
}

/** A button without its colour; empty for a kind of button that older servers do not know. */
function plainButton(button: InlineKeyboardButton): InlineKeyboardButton[] {
  if ('copy_text' in button || 'disabled' in button) return []
  const { style: _, ...plain } = button
  return [plain as InlineKeyboardButton]
}

const isNew = (button: InlineKeyboardButton): boolean =>
  'copy_text' in button || 'disabled' in button || button.style !== undefined

/**
 * A call's payload without what older Bot API servers may refuse: message effects (7.4), buttons that copy a text (7.11),
 * colours of buttons (9.4), disabled buttons (10.3). Undefined when it has none of them.
 */
export function withoutNewFields<Any extends object>(payload: Any): Any | undefined {
  const { message_effect_id: effect, reply_markup: markup } = payload as Payload
  const keyboard = markup?.inline_keyboard
  if (effect === undefined && !keyboard?.flat().some(isNew)) return undefined
  const { message_effect_id: _, ...plain } = payload as Payload
  if (!keyboard) return plain as Any
  const rows = keyboard.map((row) => row.flatMap(plainButton)).filter((row) => row.length > 0)
  return { ...plain, reply_markup: { ...markup, inline_keyboard: rows } } as Any
}

/** Remembers whether the Bot API server refuses new fields. */
export interface NewFieldsMemory {
  areRefused(): Promise<boolean>
  /** Notes that it does. */
  refused(): Promise<void>
}

/**
 * Keeps it in the database, which is read at most once; while the database is unavailable, the fields are tried.
 * @param now epoch ms
 */
export function storedMemory(db: Database, now: () => number): NewFieldsMemory {
  let until: Promise<number> | undefined
  const read = async () => {
    try {
      return (await readState(db, ['new-fields-refused']))['new-fields-refused']?.until ?? 0
    } catch (error) {
      log('warn', 'new-fields-unknown', { error: describeError(error) })
      return 0
    }
  }
  return {
    async areRefused() {
      until ??= read()
      return (await until) > now()
    },
    async refused() {
      const later = now() + TRY_AGAIN_AFTER
      until = Promise.resolve(later)
      log('warn', 'new-fields-refused', {})
      try {
        await transact(db, [writeState(db, 'new-fields-refused', { until: later }, now())])
      } catch (error) {
        log('warn', 'new-fields-not-noted', { error: describeError(error) })
      }
    },
  }
}

/** Keeps it in memory only. @param now epoch ms */
export function ownMemory(now: () => number): NewFieldsMemory {
  let until = 0
  return {
    areRefused: async () => until > now(),
    refused: async () => {
      until = now() + TRY_AGAIN_AFTER
    },
  }
}

/** True if Telegram refused the request itself as invalid, perhaps because of its new fields. */
function mayBeTheFields(answer: ApiResponse<unknown>, method: string): boolean {
  if (answer.ok) return false
  return readTelegramFailure(new GrammyError('refused', answer, method, {})).kind === 'refused'
}

/**
 * A transformer that repeats a refused call without its new fields. If that succeeds, later calls leave them out for a
 * day. Telegram refused the first call, so the message is sent once.
 */
export const newFieldsFallback =
  (memory: NewFieldsMemory): Transformer =>
  async (call, method, payload, signal) => {
    const plain = withoutNewFields(payload)
    if (plain === undefined) return call(method, payload, signal)
    if (await memory.areRefused()) return call(method, plain, signal)
    const answer = await call(method, payload, signal)
    if (!mayBeTheFields(answer, method)) return answer
    const again = await call(method, plain, signal)
    if (again.ok) await memory.refused()
    return again
  }
