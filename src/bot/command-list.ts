import type { BotCommand } from 'grammy/types'
import { type Texts, textsIn } from '../texts/index.ts'

/** The commands that Telegram lists in its menu, in order. Others work too: `/aiuto`, `/orari`, … */
const listed = ({ common: { commandList }, sportMenu }: Texts): [command: string, description: string][] => [
  ['start', commandList.start],
  ['segui', commandList.segui],
  ['smetti', commandList.smetti],
  ['mie', commandList.mie],
  ['stato', commandList.stato],
  ['impostazioni', commandList.impostazioni],
  ['sport', sportMenu.commandSport],
  ['status', sportMenu.commandStatus],
  ['help', commandList.help],
  ['privacy', commandList.privacy],
  ['esporta', commandList.esporta],
  ['cancellami', commandList.cancellami],
]

/** What `setMyCommands` lists in a language. */
export const commandsIn = (language: 'it' | 'en'): BotCommand[] =>
  listed(textsIn(language)).map(([command, description]) => ({ command, description }))
