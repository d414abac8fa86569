import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { csrf } from 'hono/csrf'
import { streamSSE } from 'hono/streaming'
import * as z from 'zod'
import { type Language, languageOf, said, serverWords } from './language.ts'
import { describePanel, type PanelSection, type PanelStatus, runAction } from './panel.ts'
import type { ChatSource, SourceChat } from './source.ts'
import type { ChatView, StateView } from './wire.ts'

export type ServerOptions = {
  source: ChatSource
  panel: PanelSection[]
  status: PanelStatus
  /** 0 takes a free one. */
  port: number
}

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}

/** How often a silent event stream says that it is alive, ms. */
const HEARTBEAT = 20_000

const writing = z.object({ as: z.number(), text: z.string().min(1).max(4096) })
const pressing = z.object({ as: z.number(), messageId: z.number(), data: z.string() })
const opening = z.object({ as: z.number(), url: z.string() })
const blocking = z.object({ blocked: z.boolean() })

function preview(chat: SourceChat, language: Language): string {
  const say = said(language)
  const last = chat.messages.at(-1)
  if (last === undefined) return ''
  if (last.service !== undefined) return last.service
  const words =
    last.text.split('\n')[0] || (last.photo ? say(serverWords.photo) : (last.document?.name ?? ''))
  if (last.from === 'user' && chat.kind === 'private') return `${say(serverWords.you)}: ${words}`
  return chat.kind === 'group' ? `${last.author}: ${words}` : words
}

/** How many of the bot's messages nobody has looked at yet, by chat. */
class Unread {
  #seen = new Map<number, number>()

  look(chat: SourceChat): void {
    this.#seen.set(chat.id, chat.messages.at(-1)?.id ?? 0)
  }

  count(chat: SourceChat): number {
    const seen = this.#seen.get(chat.id) ?? 0
    return chat.messages.filter((message) => message.from === 'bot' && message.id > seen).length
  }
}

function chatView(chat: SourceChat, unread: number, language: Language): ChatView {
  const { messages, ...shown } = chat
  return { ...shown, preview: preview(chat, language), lastDate: messages.at(-1)?.date ?? 0, unread }
}

function chatRoutes(source: ChatSource): Hono {
  const app = new Hono()
  const id = (text: string) => Number(text)
  app.post('/:chat/messages', async (c) => {
    const { as, text } = writing.parse(await c.req.json())
    await source.send(id(c.req.param('chat')), as, text)
    return c.json({})
  })
  app.post('/:chat/photo', async (c) => {
    const bytes = new Uint8Array(await c.req.arrayBuffer())
    const name = c.req.query('name') ?? 'foto.jpg'
    await source.sendPhoto(id(c.req.param('chat')), Number(c.req.query('as')), bytes, name)
    return c.json({})
  })
  app.post('/:chat/press', async (c) => {
    const { as, messageId, data } = pressing.parse(await c.req.json())
    return c.json(await source.press(id(c.req.param('chat')), as, messageId, data))
  })
  app.post('/:chat/block', async (c) => {
    const { blocked } = blocking.parse(await c.req.json())
    await source.setBlocked(id(c.req.param('chat')), blocked)
    return c.json({})
  })
  app.get('/:chat/files/:file', (c) => {
    const file = source.file(id(c.req.param('chat')), c.req.param('file'))
    if (file === undefined) return c.text('file sconosciuto', 404)
    return c.body(new Uint8Array(file.bytes), 200, {
      'content-type': file.type,
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    })
  })
  app.post('/:chat/web-app', async (c) => {
    const { as, url } = opening.parse(await c.req.json())
    return c.json({ address: source.webApp(id(c.req.param('chat')), as, url) })
  })
  return app
}

function createApp({ source, panel, status }: Omit<ServerOptions, 'port'>): Hono {
  const app = new Hono()
  const unread = new Unread()
  const client = new URL('./client/', import.meta.url)

  app.onError((error, c) => c.text(error instanceof z.ZodError ? 'richiesta non valida' : error.message, 400))
  app.use(csrf())
  app.route('/api/chats', chatRoutes(source))
  app.get('/api/state', (c) => {
    const language = languageOf(c.req.header('accept-language'))
    const chats = source.chats(language)
    const open = chats.find((chat) => chat.id === Number(c.req.query('chat')))
    if (open !== undefined && c.req.query('unseen') === undefined) unread.look(open)
    return c.json({
      bot: source.bot(),
      chats: chats.map((chat) => chatView(chat, unread.count(chat), language)),
      open: open ? { id: open.id, ...source.surroundings(open.id, language), messages: open.messages } : null,
    } satisfies StateView)
  })
  app.get('/events', (c) =>
    streamSSE(c, async (stream) => {
      const stop = source.onChange(() => void stream.writeSSE({ event: 'change', data: '' }))
      const beat = setInterval(() => void stream.writeSSE({ event: 'alive', data: '' }), HEARTBEAT)
      await new Promise<void>((resolve) => stream.onAbort(resolve))
      clearInterval(beat)
      stop()
    }),
  )
  app.get('/api/panel', (c) => c.json(describePanel(panel, languageOf(c.req.header('accept-language')))))
  app.post('/api/panel/:section/:action', async (c) => {
    const { section, action } = c.req.param()
    const language = languageOf(c.req.header('accept-language'))
    const result = await runAction(panel, Number(section), action, await c.req.json(), language)
    return result === undefined ? c.text('azione sconosciuta', 404) : c.json(result)
  })
  app.get('/api/status', async (c) => c.json(await status(languageOf(c.req.header('accept-language')))))
  /** The page itself, also at the address that a link to the bot has: `/SportelloBot?start=TO`. */
  const served = async (c: Context, name: string) => {
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'text/plain'
    const text = await readFile(new URL(name, client), 'utf8').catch(() => undefined)
    if (text === undefined) return c.notFound()
    return c.body(text, 200, { 'content-type': type, 'cache-control': 'no-cache' })
  }
  app.get('/:file{[a-z-]+\\.(js|css|svg)}', (c) => served(c, c.req.param('file')))
  app.get('/:bot{\\w+}?', (c) => served(c, 'index.html'))
  return app
}

/** Serves the page to this machine only. `close` ends the event streams of open pages too. */
export async function startServer(options: ServerOptions): Promise<{ url: string; close(): Promise<void> }> {
  const app = createApp(options)
  const server = serve({ fetch: app.fetch, port: options.port, hostname: '127.0.0.1' })
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', reject)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        if ('closeAllConnections' in server) server.closeAllConnections()
      }),
  }
}
