import type { BotCommand, BotCommandScope, MenuButton } from 'grammy/types'

const keyOf = (scope: BotCommandScope, language: string): string => {
  const chat = 'chat_id' in scope ? `:${scope.chat_id}` : ''
  const user = 'user_id' in scope ? `:${scope.user_id}` : ''
  return `${scope.type}${chat}${user}|${language}`
}

/** What the bot says about itself: names, descriptions and commands per language, and the default menu button. */
export class Profile {
  readonly names = new Map<string, string>()
  readonly descriptions = new Map<string, string>()
  readonly shortDescriptions = new Map<string, string>()
  menuButton: MenuButton = { type: 'default' }
  readonly #commands = new Map<string, readonly BotCommand[]>()

  setCommands(scope: BotCommandScope, language: string, commands: readonly BotCommand[]): void {
    if (commands.length === 0) this.#commands.delete(keyOf(scope, language))
    else this.#commands.set(keyOf(scope, language), commands)
  }

  /** Exactly what was set for this scope and language. */
  commands(scope: BotCommandScope, language: string): readonly BotCommand[] {
    return this.#commands.get(keyOf(scope, language)) ?? []
  }

  /**
   * What a person sees in a chat: the narrowest scope that has commands, their language before none
   * (https://core.telegram.org/bots/api#determining-list-of-commands).
   */
  commandsSeenBy(userId: number, chatId: number, isAdmin: boolean, language: string): readonly BotCommand[] {
    const isPrivate = chatId > 0
    const scopes: BotCommandScope[] = [
      ...(isPrivate ? [] : [{ type: 'chat_member', chat_id: chatId, user_id: userId } as const]),
      ...(isPrivate || !isAdmin ? [] : [{ type: 'chat_administrators', chat_id: chatId } as const]),
      { type: 'chat', chat_id: chatId },
      ...(isPrivate || !isAdmin ? [] : [{ type: 'all_chat_administrators' } as const]),
      isPrivate ? { type: 'all_private_chats' } : { type: 'all_group_chats' },
      { type: 'default' },
    ]
    for (const scope of scopes) {
      for (const spoken of [language, '']) {
        const commands = this.commands(scope, spoken)
        if (commands.length > 0) return commands
      }
    }
    return []
  }
}
