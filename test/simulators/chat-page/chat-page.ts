import type { PanelSection, PanelStatus } from './panel.ts'
import { startServer } from './server.ts'
import { telegramSource, type WatchedWorld } from './telegram-source.ts'

export type { Language, Words } from './language.ts'
export type { PanelAction, PanelSection, PanelStatus } from './panel.ts'
export type { FieldView as PanelField, TableView as StatusTable } from './wire.ts'

export type ChatPageOptions = {
  telegram: { world: WatchedWorld }
  panel: PanelSection[]
  status: PanelStatus
  /** 0 takes a free one. */
  port: number
  /** The bot's clock, epoch ms; Telegram's when left out. */
  now?: () => number
}

/**
 * Opens the page that looks and feels like a chat with the bot, on this machine only.
 * @throws Error (rejects) when the port is taken
 */
export function startChatPage({ telegram, now, ...rest }: ChatPageOptions) {
  return startServer({ source: telegramSource(telegram.world, now), ...rest })
}
