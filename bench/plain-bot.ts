/**
 * The same conversation as an ordinary grammY bot on Node: its own HTTP server, menus, provinces followed, kept in
 * SQLite on disk. What the webhook bench sets the edge Worker beside. Started as: node bench/plain-bot.ts FOLDER
 * API_ROOT TOKEN SECRET; prints its port.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Bot, InlineKeyboard, webhookCallback } from 'grammy'
import { searchProvinces } from '../src/passport/provinces.ts'

const [, , folder = '.', apiRoot = '', token = '', secret = ''] = process.argv
const db = new DatabaseSync(join(folder, 'plain.sqlite'))
db.exec(`PRAGMA journal_mode = WAL;
  CREATE TABLE chats (id INTEGER PRIMARY KEY, seen INTEGER);
  CREATE TABLE follows (chat INTEGER, province TEXT, PRIMARY KEY (chat, province));
  CREATE TABLE updates (id INTEGER PRIMARY KEY);`)
const seen = db.prepare('INSERT OR IGNORE INTO updates VALUES (?)')
const meet = db.prepare('INSERT INTO chats VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET seen = excluded.seen')
const follow = db.prepare('INSERT OR IGNORE INTO follows VALUES (?, ?)')
const leave = db.prepare('DELETE FROM follows WHERE chat = ? AND province = ?')
const list = db.prepare('SELECT province FROM follows WHERE chat = ?')

const menu = new InlineKeyboard().text('Passaporto', '1:passport').row().text('Menu', '1:menu')
const bot = new Bot(token, { client: { apiRoot } })
bot.use((ctx, next) => {
  if (seen.run(ctx.update.update_id).changes === 0) return
  if (ctx.chat) meet.run(ctx.chat.id, Date.now())
  return next()
})
bot.command('start', (ctx) => ctx.reply('Ciao! Ti avviso quando si libera un posto.', { reply_markup: menu }))
bot.command('mie', (ctx) =>
  ctx.reply(
    `Segui: ${list
      .all(ctx.chat.id)
      .map((row) => row.province)
      .join(', ')}`,
  ),
)
bot.command('segui', (ctx) => {
  const [province] = searchProvinces(ctx.match)
  if (province) follow.run(ctx.chat.id, province.code)
  return ctx.reply(province ? `Ora segui ${province.name}.` : 'Non trovo questa provincia.')
})
bot.command('smetti', (ctx) => {
  const [province] = searchProvinces(ctx.match)
  if (province) leave.run(ctx.chat.id, province.code)
  return ctx.reply('Fatto.')
})
bot.on('callback_query:data', async (ctx) => {
  // The bench's presses were never made in a real client, so the answer to them may be refused.
  await ctx.answerCallbackQuery().catch(() => undefined)
  await ctx.editMessageText(`Segui: ${list.all(ctx.chatId ?? 0).length} (${Date.now()})`, {
    reply_markup: menu,
  })
})
bot.on('message:text', (ctx) =>
  ctx.reply(
    searchProvinces(ctx.message.text)
      .map((province) => province.name)
      .join(', ') || 'Non capisco.',
  ),
)
bot.catch(() => undefined)
await bot.init()

const server = createServer(webhookCallback(bot, 'http', { secretToken: secret }))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
