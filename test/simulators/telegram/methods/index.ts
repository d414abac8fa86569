import type { Method } from './call.ts'
import { changing } from './changing.ts'
import { chats } from './chats.ts'
import { profile } from './profile.ts'
import { sending } from './sending.ts'
import { updates } from './updates.ts'

const all = { ...sending, ...changing, ...updates, ...profile, ...chats }

const byLowerName = new Map(
  Object.entries(all).map(([name, method]) => [name.toLowerCase(), { name, ...method }] as const),
)

/** A method by its name, whose capitals Telegram does not mind. */
export const findMethod = (name: string): (Method & { name: string }) | undefined =>
  byLowerName.get(name.toLowerCase())
