/** Updates as Telegram posts them, in the mix of an ordinary day: menus, following, looking, typing, leaving. */

const PROVINCES = ['torino', 'MI', 'roma', 'NA', 'forli', 'BG', 'palermo', 'GE']

interface Maker {
  /** Share of the mix, in parts of 100. */
  share: number
  make(chat: object, from: object, i: number): object
}

const message = (chat: object, from: object, i: number, text: string) => ({
  message: {
    message_id: i + 1,
    date: 1_790_000_000,
    chat,
    from,
    text,
    ...(text.startsWith('/') && {
      entities: [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]?.length }],
    }),
  },
})

const press = (chat: object, from: object, i: number, data: string) => ({
  callback_query: {
    id: `bench-${i}`,
    from,
    chat_instance: '1',
    data,
    message: { message_id: 1, date: 1_790_000_000, chat, text: 'menu' },
  },
})

const MIX: Maker[] = [
  { share: 15, make: (chat, from, i) => message(chat, from, i, '/start') },
  { share: 35, make: (chat, from, i) => press(chat, from, i, i % 2 ? '1:mine' : '1:home') },
  { share: 15, make: (chat, from, i) => message(chat, from, i, `/segui ${PROVINCES[i % PROVINCES.length]}`) },
  { share: 10, make: (chat, from, i) => message(chat, from, i, '/mie') },
  { share: 15, make: (chat, from, i) => message(chat, from, i, PROVINCES[i % PROVINCES.length] ?? '') },
  {
    share: 10,
    make: (chat, from, i) => message(chat, from, i, `/smetti ${PROVINCES[i % PROVINCES.length]}`),
  },
]
const WHEEL = MIX.flatMap((maker) => Array.from({ length: maker.share / 5 }, () => maker))

/** The i-th update of a run, from one of `chats` people. */
export function updateOf(i: number, chats: number, firstUpdate: number): string {
  const id = 50_000 + (i % chats)
  const chat = { id, type: 'private', first_name: 'Prova' }
  const from = { id, is_bot: false, first_name: 'Prova', language_code: 'it' }
  const maker = WHEEL[(i * 7) % WHEEL.length] ?? MIX[0]
  return JSON.stringify({ update_id: firstUpdate + i, ...maker?.make(chat, from, i) })
}
