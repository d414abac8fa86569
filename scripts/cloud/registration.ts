import type { Api } from 'grammy'
import { commandsIn } from '../../src/bot/command-list.ts'
import { menuButtonFor } from '../../src/bot/register.ts'
import { textsIn } from '../../src/texts/index.ts'

/** What Telegram tells people about the bot that differs from what this code says; empty when all is right. */
export async function textFaults(api: Api): Promise<string[]> {
  const faults: string[] = []
  for (const language of ['it', 'en'] as const) {
    const other = language === 'it' ? {} : { language_code: language }
    const { description, shortDescription } = textsIn(language).common
    const wanted = commandsIn(language)
    const [commands, long, short] = await Promise.all([
      api.getMyCommands(other),
      api.getMyDescription(other),
      api.getMyShortDescription(other),
    ])
    const same =
      commands.length === wanted.length &&
      wanted.every(
        (each, i) => commands[i]?.command === each.command && commands[i]?.description === each.description,
      )
    if (!same) faults.push(`the commands in ${language} are ${commands.length > 0 ? 'others' : 'missing'}`)
    if (long.description !== description) faults.push(`the description in ${language} is not ours`)
    if (short.short_description !== shortDescription)
      faults.push(`the short description in ${language} is not ours`)
  }
  return faults
}

/** What is wrong with the menu button; undefined when it is right. */
export async function menuButtonFault(api: Api, publicUrl: string): Promise<string | undefined> {
  const wanted = menuButtonFor(publicUrl)
  const found = await api.getChatMenuButton()
  // Telegram answers `default` for a bot that shows its commands.
  if (wanted.type !== 'web_app') {
    // The simulated Telegram opens the Mini App without HTTPS too.
    if (found.type !== 'web_app' || found.web_app.url === `${publicUrl}/app`) return undefined
    return `it opens ${found.web_app.url}, which is not this installation`
  }
  if (found.type !== 'web_app') return 'it does not open the Mini App'
  return found.web_app.url === wanted.web_app.url
    ? undefined
    : `it opens ${found.web_app.url}, not ${wanted.web_app.url}`
}
