import type { D1Database } from '@cloudflare/workers-types'
import { Hono } from 'hono'

/**
 * The least that a bot with this database and this API has to do: a bare Hono route with the webhook's two round trips
 * to D1 and its calls to Telegram, without parsing, checks or texts of its own.
 */
interface Env {
  DB: D1Database
  API: string
}

interface Update {
  update_id: number
  message?: { chat: { id: number } }
  callback_query?: { id: string; message: { chat: { id: number }; message_id: number } }
}

const DONE = 'SELECT 1 FROM updates WHERE id = ?1 AND fingerprint = 1'
const CHAT = 'SELECT * FROM chats WHERE id = ?1'
const FOLLOWS = 'SELECT province, muted_until FROM subscriptions WHERE chat_id = ?1'
const TAKE = `INSERT INTO rate_limits (id, used_until, refused) SELECT ?1, ?2, 0
  ON CONFLICT (id) DO UPDATE SET used_until = max(used_until, ?2) + 1000 RETURNING refused`
const MARK = `INSERT INTO updates (id, fingerprint, done_at) VALUES (?1, 1, ?2)
  ON CONFLICT (id) DO UPDATE SET done_at = ?2`
const TEXT = 'Scegli che cosa vuoi fare.'
const KEYBOARD = { inline_keyboard: [[{ text: 'Passaporto', callback_data: '1:mine' }]] }

const app = new Hono<{ Bindings: Env }>()
app.post('/telegram/webhook', async (c) => {
  const { update_id, message, callback_query: press } = await c.req.json<Update>()
  const chat = message?.chat.id ?? press?.message.chat.id ?? 0
  const { DB, API } = c.env
  const now = Date.now()
  await DB.batch([
    DB.prepare(DONE).bind(update_id),
    DB.prepare(CHAT).bind(chat),
    DB.prepare(FOLLOWS).bind(chat),
    DB.prepare(TAKE).bind(chat, now),
  ])
  const call = async (method: string, payload: object) => {
    const answer = await fetch(`${API}/${method}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    })
    return answer.json()
  }
  const shown = { chat_id: chat, text: TEXT, reply_markup: KEYBOARD }
  if (press)
    await Promise.all([
      call('editMessageText', { ...shown, message_id: press.message.message_id }),
      call('answerCallbackQuery', { callback_query_id: press.id }),
    ])
  else await call('sendMessage', shown)
  await DB.batch([DB.prepare(MARK).bind(update_id, now)])
  return c.text('ok')
})
export default app
