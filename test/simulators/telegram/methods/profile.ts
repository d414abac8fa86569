import type { BotCommand, BotCommandScope, MenuButton } from 'grammy/types'
import { badRequest } from '../api-error.ts'
import { type Call, chatOf, type Method } from './call.ts'

const MOST_COMMANDS = 100

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const SCOPES = new Set([
  'default',
  'all_private_chats',
  'all_group_chats',
  'all_chat_administrators',
  'chat',
  'chat_administrators',
  'chat_member',
])

function scopeOf({ parameters, world }: Call): BotCommandScope {
  const given = parameters.json('scope', 'BotCommandScope JSON object')
  if (given === undefined) return { type: 'default' }
  if (!isObject(given) || !SCOPES.has(String(given.type))) {
    throw badRequest("can't parse BotCommandScope: Unsupported type specified")
  }
  if ('chat_id' in given) {
    const chat = world.findChat(given.chat_id as number | string)
    if (!chat) throw badRequest('chat not found')
    return { ...given, chat_id: chat.id } as unknown as BotCommandScope
  }
  return given as unknown as BotCommandScope
}

function languageOf({ parameters }: Call): string {
  const language = parameters.text('language_code')
  if (language !== '' && !/^[a-z]{2}$/.test(language)) throw badRequest('invalid language code specified')
  return language
}

function readCommand(given: unknown): BotCommand {
  if (!isObject(given)) throw badRequest("can't parse BotCommand: expected an Object")
  const { command, description } = given
  if (typeof command !== 'string' || typeof description !== 'string') {
    throw badRequest('can\'t parse BotCommand: Field "command" must be of type String')
  }
  const name = command.replace(/^\//, '')
  if (!/^[a-z0-9_]{1,32}$/.test(name)) throw badRequest('BOT_COMMAND_INVALID')
  if (description.trim() === '' || description.length > 256)
    throw badRequest('BOT_COMMAND_DESCRIPTION_INVALID')
  return { command: name, description: description.trim() }
}

function setMyCommands(call: Call) {
  const given = call.parameters.json('commands', 'commands JSON array')
  if (!Array.isArray(given)) throw badRequest("can't parse commands: expected an Array of BotCommand")
  if (given.length > MOST_COMMANDS) throw badRequest('BOT_COMMANDS_TOO_MUCH')
  call.world.profile.setCommands(scopeOf(call), languageOf(call), given.map(readCommand))
  call.world.events.emit({ type: 'profile' })
  return true
}

function deleteMyCommands(call: Call) {
  call.world.profile.setCommands(scopeOf(call), languageOf(call), [])
  call.world.events.emit({ type: 'profile' })
  return true
}

/** A text about the bot for a language, no longer than `longest` UTF-16 units. */
function setText(call: Call, kept: Map<string, string>, field: string, longest: number) {
  const text = call.parameters.text(field)
  if (text.length > longest) throw badRequest(`${field} is too long`)
  const language = languageOf(call)
  if (text === '') kept.delete(language)
  else kept.set(language, text)
  call.world.events.emit({ type: 'profile' })
  return true
}

const getText = (call: Call, kept: Map<string, string>, field: string) => ({
  [field]: kept.get(languageOf(call)) ?? kept.get('') ?? '',
})

function setChatMenuButton(call: Call) {
  const given = call.parameters.json('menu_button', 'menu button JSON object') ?? { type: 'default' }
  if (!isObject(given)) throw badRequest("can't parse menu button: expected an Object")
  if (!['default', 'commands', 'web_app'].includes(String(given.type))) {
    throw badRequest("can't parse menu button: Unsupported type specified")
  }
  if (given.type === 'web_app') {
    const app = isObject(given.web_app) ? String(given.web_app.url) : ''
    if (!URL.canParse(app) || String(given.text ?? '') === '') throw badRequest('MENU_BUTTON_INVALID')
  }
  if (call.parameters.has('chat_id')) chatOf(call).menuButton = given
  else call.world.profile.menuButton = given as unknown as MenuButton
  call.world.events.emit({ type: 'profile' })
  return true
}

export const profile: Record<string, Method> = {
  getMe: { run: ({ world }) => world.bot },
  logOut: { run: () => true },
  close: { run: () => true },
  setMyCommands: { run: setMyCommands },
  getMyCommands: { run: (call) => call.world.profile.commands(scopeOf(call), languageOf(call)) },
  deleteMyCommands: { run: deleteMyCommands },
  setMyName: { run: (call) => setText(call, call.world.profile.names, 'name', 64) },
  getMyName: { run: (call) => getText(call, call.world.profile.names, 'name') },
  setMyDescription: { run: (call) => setText(call, call.world.profile.descriptions, 'description', 512) },
  getMyDescription: { run: (call) => getText(call, call.world.profile.descriptions, 'description') },
  setMyShortDescription: {
    run: (call) => setText(call, call.world.profile.shortDescriptions, 'short_description', 120),
  },
  getMyShortDescription: {
    run: (call) => getText(call, call.world.profile.shortDescriptions, 'short_description'),
  },
  setChatMenuButton: { run: setChatMenuButton },
  getChatMenuButton: {
    run: (call) =>
      (call.parameters.has('chat_id') ? chatOf(call).menuButton : undefined) ?? call.world.profile.menuButton,
  },
}
