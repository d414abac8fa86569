import * as z from 'zod'
import { type Keyring, seal, UnsealError, unseal } from '../platform/crypto.ts'
import type { Chat } from './chat-row.ts'

/**
 * The question that the next typed message of a chat answers: its name, then its arguments; empty when the bot waits for
 * nothing. It is a column of the chat's row, so nothing waits in memory.
 */
export type AwaitedInput = readonly string[]

/** The part of a chat's row that holds it. */
export type Awaiting = Pick<Chat, 'awaiting'>

export const readAwaited = ({ awaiting }: Awaiting): AwaitedInput => awaiting?.split(':') ?? []

/** The change of a chat's row after which the bot waits for an answer. */
export const awaitInput = (question: string, ...args: readonly (string | number)[]): Awaiting => ({
  awaiting: [question, ...args].join(':'),
})

/** The change of a chat's row after which the bot waits for nothing. */
export const AWAIT_NOTHING: Awaiting = { awaiting: null }

/** Who may open a sealed argument, and in which chat's row. */
export interface InputOwner {
  keys: Keyring
  /** What the argument is for: a value sealed for another purpose does not open. */
  purpose: string
  userId: number | undefined
  chatId: number
}

const bindingOf = ({ purpose, userId, chatId }: InputOwner) =>
  [`${purpose}:${userId}`, `chats.awaiting/${chatId}`] as const

/** Seals what a person typed so far, as an argument of `awaitInput`. */
export const sealInput = (owner: InputOwner, value: object): Promise<string> =>
  seal(owner.keys, ...bindingOf(owner), JSON.stringify(value))

/** Opens what `sealInput` made; null when it is missing, damaged, somebody else's or of another shape. */
export async function openInput<Value>(
  owner: InputOwner,
  shape: z.ZodType<Value>,
  sealed: string | undefined,
): Promise<Value | null> {
  try {
    return shape.parse(JSON.parse(await unseal(owner.keys, ...bindingOf(owner), sealed ?? '')))
  } catch (error) {
    if (error instanceof UnsealError || error instanceof z.ZodError) return null
    throw error
  }
}
