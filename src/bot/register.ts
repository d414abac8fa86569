import type { Api } from 'grammy'
import type { MenuButton } from 'grammy/types'
import { describeError, log } from '../platform/log.ts'
import { textsIn } from '../texts/index.ts'
import { commandsIn } from './command-list.ts'

/** The menu button that this bot should have: over HTTPS it opens the Mini App, else it lists the commands. */
export function menuButtonFor(publicUrl: string | undefined): MenuButton {
  if (!publicUrl?.startsWith('https://')) return { type: 'commands' }
  return { type: 'web_app', text: textsIn('it').common.menuButton, web_app: { url: `${publicUrl}/app` } }
}

/**
 * Tells Telegram the bot's commands, descriptions and menu button, in Italian for everybody and in English for those
 * whose Telegram is English. A method that the server lacks gives only a warning.
 * @param publicUrl the edge Worker's address
 * @returns the calls that failed
 */
export async function registerBot(api: Api, { publicUrl }: { publicUrl?: string }): Promise<string[]> {
  const it = textsIn('it').common
  const en = textsIn('en').common
  const english = { language_code: 'en' } as const
  const calls: [string, () => Promise<unknown>][] = [
    ['setMyCommands', () => api.setMyCommands(commandsIn('it'))],
    ['setMyCommands en', () => api.setMyCommands(commandsIn('en'), english)],
    ['setMyDescription', () => api.setMyDescription(it.description)],
    ['setMyDescription en', () => api.setMyDescription(en.description, english)],
    ['setMyShortDescription', () => api.setMyShortDescription(it.shortDescription)],
    ['setMyShortDescription en', () => api.setMyShortDescription(en.shortDescription, english)],
    ['setChatMenuButton', () => api.setChatMenuButton({ menu_button: menuButtonFor(publicUrl) })],
  ]
  const failed: string[] = []
  for (const [name, call] of calls) {
    try {
      await call()
    } catch (error) {
      failed.push(name)
      log('warn', 'bot-registration-failed', { call: name, error: describeError(error) })
    }
  }
  return failed
}
