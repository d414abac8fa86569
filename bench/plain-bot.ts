/**
 * The conversation of the webhook bench as an ordinary grammY bot on Node: the same texts and buttons for each update of
 * the mix, its own HTTP server, what is followed kept in SQLite on disk. An error ends it, so that the bench counts it.
 * Started as: node bench/plain-bot.ts FOLDER API_ROOT TOKEN SECRET; prints its port.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Bot, GrammyError, InlineKeyboard, webhookCallback } from 'grammy'
import { searchProvinces } from '../src/passport/provinces/place-search.ts'
import { provinceName } from '../src/passport/provinces/provinces.ts'
import { textsIn } from '../src/texts/index.ts'

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

const { common, passport } = textsIn('it')
const menu = new InlineKeyboard()
  .text(common.passport, '1:mine')
  .text(common.sport, '1:sport')
  .row()
  .text(common.settings, '1:settings')
  .text(common.status, '1:status')
  .row()
  .text(common.help, '1:help')
  .text(common.otherLanguage, '1:language:en')
const more = new InlineKeyboard()
  .text(passport.mine, '1:mine')
  .text(passport.add, '1:regions')
  .row()
  .text(common.home, '1:home')

/** What a chat follows, as the edge Worker shows it. */
function mine(chatId: number, note?: string): [text: string, other: { reply_markup: InlineKeyboard }] {
  const codes = list.all(chatId).map((row) => String(row.province))
  const names = codes.map((code) => passport.followingItem(provinceName(code), code).toString())
  const keyboard = new InlineKeyboard().text(passport.add, '1:regions').row()
  for (const code of codes.slice(0, 10))
    keyboard.text(passport.open(provinceName(code)), `1:ask:${code}`).row()
  if (codes.length > 1) keyboard.text(passport.removeAll, '1:drop-all').row()
  keyboard.text(common.home, '1:home')
  const text =
    codes.length === 0 ? [passport.followingNone] : [passport.following, ...names, '', passport.followingHow]
  return [[...(note ? [note, ''] : []), ...text].join('\n'), { reply_markup: keyboard }]
}

const bot = new Bot(token, { client: { apiRoot } })
bot.use((ctx, next) => {
  if (seen.run(ctx.update.update_id).changes === 0) return
  if (ctx.chat) meet.run(ctx.chat.id, Date.now())
  return next()
})
bot.command('start', (ctx) => ctx.reply(common.welcomeWithSport, { reply_markup: menu }))
bot.command('mie', (ctx) => ctx.reply(...mine(ctx.chat.id)))
bot.command('segui', (ctx) => {
  const [province] = searchProvinces(ctx.match)
  if (!province) return ctx.reply(passport.noSuchProvince)
  const { changes } = follow.run(ctx.chat.id, province.code)
  const text = changes === 0 ? passport.already(province.name) : passport.started(province.name)
  return ctx.reply(text, { reply_markup: more })
})
bot.command('smetti', (ctx) => {
  const [province] = searchProvinces(ctx.match)
  if (!province) return ctx.reply(passport.noSuchProvince)
  const { changes } = leave.run(ctx.chat.id, province.code)
  const said = changes === 0 ? passport.notFollowed : passport.removed
  return ctx.reply(...mine(ctx.chat.id, said(province.name)))
})
/** The bench's presses were never made in a real client: Telegram refuses to answer them, or to edit their message. */
const refused = (error: unknown): undefined => {
  if (!(error instanceof GrammyError) || error.error_code !== 400) throw error
}
bot.on('callback_query:data', async (ctx) => {
  await ctx.answerCallbackQuery().catch(refused)
  const [text, other] =
    ctx.callbackQuery.data === '1:mine'
      ? mine(ctx.chatId ?? 0)
      : ([common.menu, { reply_markup: menu }] as const)
  const edited = await ctx.editMessageText(text, other).catch(refused)
  // As the edge Worker does: an edit that is refused is followed by a new message.
  if (!edited) await ctx.reply(text, other)
})
bot.on('message:text', (ctx) => {
  const [province] = searchProvinces(ctx.message.text)
  if (!province) return ctx.reply(common.notUnderstood, { reply_markup: menu })
  const keyboard = new InlineKeyboard()
    .text(passport.yes, `1:follow:${province.code}`)
    .text(passport.again, '1:regions')
    .row()
    .text(common.home, '1:home')
  return ctx.reply(passport.confirm(province.name, province.code), { reply_markup: keyboard })
})
await bot.init()

const server = createServer(webhookCallback(bot, 'http', { secretToken: secret }))
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
