export { type BotStatus, Chat, type ChatWaitOptions, type MemberStatus, type MessageTest } from './chat.ts'
export type { Fault, FaultRule } from './faults.ts'
export { Channel, Group } from './group.ts'
export type { LedgerEntry, RefusalEntry } from './ledger.ts'
export { type Limits, PUBLISHED_LIMITS } from './limits.ts'
export type { ChatMessage, StoredFile } from './message.ts'
export { Person, type PersonDetails, type PressOptions, type SendOptions } from './person.ts'
export { ButtonPress, type PressAnswer } from './press.ts'
export {
  type GroupOptions,
  SIMULATOR_TOKEN,
  startTelegramSimulator,
  type TelegramOptions,
  TelegramSimulator,
} from './simulator.ts'
export { signInitData, webAppAddress } from './web-app.ts'
