import type { BotCommand } from 'grammy/types'
import { type Texts, textsIn } from '../texts/index.ts'
import type { BotContext } from './context.ts'

/** The commands that Telegram lists in its menu, in order. Others work too: `/aiuto`, `/orari`, … */
const listed = ({ common: { commandList }, sportMenu }: Texts): [command: string, description: string][] => [
  ['start', commandList.start],
  ['segui', commandList.segui],
  ['smetti', commandList.smetti],
  ['mie', commandList.mie],
  ['stato', commandList.stato],
  ['perche', commandList.perche],
  ['impostazioni', commandList.impostazioni],
  ['sport', sportMenu.commandSport],
  ['status', sportMenu.commandStatus],
  ['help', commandList.help],
  ['privacy', commandList.privacy],
  ['esporta', commandList.esporta],
  ['cancellami', commandList.cancellami],
]

const asCommands = (list: [command: string, description: string][]): BotCommand[] =>
  list.map(([command, description]) => ({ command, description }))

/** What `setMyCommands` lists in a language. */
export const commandsIn = (language: 'it' | 'en'): BotCommand[] => asCommands(listed(textsIn(language)))

/** What it lists in an operator's private chat: their own commands too. */
const operatorCommandsIn = (language: 'it' | 'en'): BotCommand[] => {
  const texts = textsIn(language)
  return asCommands([...listed(texts), ...Object.entries(texts.service.commandList)])
}

/** In an operator's private chat: puts their commands into its menu, in the chat's language. */
export async function listCommands(ctx: BotContext): Promise<void> {
  if (!ctx.isAdminHere) return
  const { id, language } = ctx.chatRow
  await ctx.tryCall('setMyCommands', (api) =>
    api.setMyCommands(operatorCommandsIn(language), { scope: { type: 'chat', chat_id: id } }),
  )
}
