import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { enqueue } from '../../src/delivery/outbox.ts'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { MINUTE } from '../../src/platform/time.ts'
import { harness } from './harness.worker.ts'
import { nextUpdateId } from './person.ts'

const bot = harness()
const { someone, rows, telegram, time } = bot

const alertFor = async (chatId: number, province: string, event: string, at: number) => {
  await transact(bot.db, [
    sql`INSERT INTO alerts (id, kind, province, office_id, slots, created_at, trace, pivot)
        VALUES (${event}, 'open', ${province}, '1', '[]', ${at}, 't', 0) ON CONFLICT DO NOTHING`,
    enqueue(
      [
        {
          event,
          chatId,
          priority: 'alert',
          content: { type: 'message', message: { text: 'Nuova disponibilità:' } },
          eventAt: at,
          trace: 't',
        },
      ],
      at,
    ),
    sql`UPDATE deliveries SET status = 'sent' WHERE event = ${event}`,
  ])
}

describe('/stato', () => {
  test('says for each province when it was read, what is open and how many alerts came this week', async () => {
    const person = someone()
    time.now = Date.parse('2026-12-01T10:00:30Z')
    await person.types('/segui TO, MI')
    await bot.read('TO', Date.parse('2026-12-01T10:00:10Z'))
    await bot.openSlots({ id: '9301', province: 'TO', name: 'TOPQ60 - Questura di Torino' }, [
      ['2026-12-19', '09:00', 2],
      ['2026-12-20', '10:00', 1],
    ])
    await alertFor(person.chat.id, 'TO', 'open:9301:a', time.now - MINUTE)
    await alertFor(person.chat.id, 'TO', 'open:9301:b', time.now - 8 * 24 * 60 * MINUTE)
    await person.types('/stato')
    expect(person.shown.text).toBe(
      [
        'Stato delle tue province',
        '',
        'Milano (MI)',
        'Non ancora controllata',
        'Aperto ora: nulla',
        'Avvisi negli ultimi 7 giorni: 0',
        '',
        'Torino (TO)',
        'Controllata 20 secondi fa (alle 11:00)',
        'Aperti ora: 2 orari, 3 posti',
        '• TOPQ60 - Questura di Torino: 3 posti, dal 19/12/2026',
        'Avvisi negli ultimi 7 giorni: 1',
      ].join('\n'),
    )
  })

  test.each([
    ['a day', { only_before: '2026-12-10' }, 'nessuno con i tuoi filtri: prima del 10/12/2026'],
    ['hours', { only_from: '12:00' }, 'nessuno con i tuoi filtri: dalle 12:00 alle 24:00'],
    ['a number of places', { min_places: 4 }, 'nessuno con i tuoi filtri: da 4 posti in su'],
    ['an office', { only_offices: '["AL:9399"]' }, 'nessuno con i tuoi filtri: solo le sedi scelte'],
    ['some', { min_places: 2 }, '2 con i tuoi filtri: da 2 posti in su'],
  ])('says what the filters hide, and offers to change them: %s', async (_, filter, said) => {
    const person = someone()
    time.now = Date.parse('2026-12-01T10:00:30Z')
    await person.types('/segui AL')
    if ((await rows(sql`SELECT 1 FROM offices WHERE id = '9310'`)).length === 0)
      await bot.openSlots({ id: '9310', province: 'AL', name: 'Questura di Alessandria' }, [
        ['2026-12-19', '09:00', 2],
        ['2026-12-20', '10:00', 1],
      ])
    const [[column, value] = ['', '']] = Object.entries(filter)
    await transact(bot.db, [sql`UPDATE chats SET ${sql.raw(column)} = ${value} WHERE id = ${person.chat.id}`])
    await person.types('/stato')
    expect(person.shown.text).toContain(`Aperto ora: 3 posti, ${said}`)
    await person.presses('✏️ Cambia i filtri')
    expect(person.shown.text).toContain('Impostazioni di questa chat')
  })

  test('shows the filters while nothing is open too, and offers to change them', async () => {
    const person = someone()
    await person.types('/segui VB')
    await transact(bot.db, [sql`UPDATE chats SET min_places = 3 WHERE id = ${person.chat.id}`])
    await person.types('/stato')
    expect(person.shown.text).toContain('Aperto ora: nulla\nI tuoi filtri: da 3 posti in su')
    await person.presses('✏️ Cambia i filtri')
    expect(person.shown.text).toContain('Impostazioni di questa chat')
  })

  test('says that a province cannot be read, and since when', async () => {
    const person = someone()
    await person.types('/segui CN')
    await transact(bot.db, [
      sql`UPDATE provinces SET blind_since = ${Date.parse('2026-12-01T09:30:00Z')} WHERE code = 'CN'`,
    ])
    await person.types('/stato')
    expect(person.shown.text).toContain('⚠️ Non riesco a controllarla dalle 10:30')
  })

  test('all 107 provinces fit: a long answer is split at a line', async () => {
    const person = someone()
    for (let at = 0; at < provinces.length; at += 20) {
      await person.types(`/segui ${provinces.slice(at, at + 20).map((one) => one.code)}`)
    }
    await person.types('/stato')
    expect(person.shown.text.length).toBeLessThanOrEqual(4096)
    // The chat's own rate takes one part at once; the rest waits in the outbox.
    const waiting = await rows(sql`SELECT content FROM deliveries WHERE chat_id = ${person.chat.id}`)
    expect(waiting.length).toBeGreaterThan(0)
    const said = `${person.shown.text} ${waiting.map(({ content }) => content)}`
    expect(provinces.filter(({ code }) => !said.includes(`(${code})`))).toEqual([])
    await person.types('/smetti tutte')
  })

  test('asked for without end it is refused for a while, and told so', async () => {
    const person = someone()
    await person.types('/start')
    for (let n = 0; n < 25; n++) await person.types('/stato')
    expect(person.shown.text).toMatch(/^Troppe richieste/)
    time.now += 2 * MINUTE
    await person.types('/stato')
    expect(person.shown.text).toMatch(/^Non segui nessuna provincia/)
  })
})

describe('one’s own data', () => {
  test('/esporta sends a JSON file with everything about the chat and nothing of others', async () => {
    const [person, other] = [someone(), someone()]
    await person.types('/segui genova')
    await other.types('/segui savona')
    await alertFor(person.chat.id, 'GE', 'open:9302:a', time.now)
    await person.types('/esporta')
    const upload = String(telegram.calls.findLast((call) => call.method === 'sendDocument')?.payload.upload)
    expect(upload).toMatch(/filename="?sportello-i-miei-dati\.json/)
    const file = JSON.parse(upload.slice(upload.indexOf('{'), upload.lastIndexOf('}') + 1))
    expect(file.chat).toMatchObject({ id: person.chat.id, language: 'it' })
    expect(file.subscriptions).toMatchObject([{ province: 'GE' }])
    expect(file.messages).toMatchObject([{ event: 'open:9302:a' }])
    expect(upload).not.toContain('"SV"')
  })

  test('a file that Telegram does not take is apologised for', async () => {
    const person = someone()
    telegram.refuse = (method) =>
      method === 'sendDocument' ? { error_code: 500, description: 'Internal Server Error' } : undefined
    await person.types('/esporta')
    telegram.refuse = () => undefined
    expect(person.shown.text).toMatch(/^Non sono riuscito a mandarti il file/)
  })

  test('/cancellami deletes everything about the chat, only after a confirm', async () => {
    const person = someone()
    await person.types('/segui genova')
    await alertFor(person.chat.id, 'GE', 'open:9303:a', time.now)
    await person.types('/cancellami')
    expect(person.shown.text).not.toMatch(/sport/)
    await person.presses('No, lascia stare')
    expect(await bot.followed(person.chat.id)).toEqual(['GE'])
    await person.types('/cancellami')
    await person.presses('Sì, cancella tutto')
    expect(person.shown.text).toMatch(/^Fatto: ho cancellato tutto/)
    const { chat } = person
    expect(await bot.chatRow(chat.id)).toBeUndefined()
    expect(await bot.followed(chat.id)).toEqual([])
    expect(await rows(sql`SELECT 1 FROM deliveries WHERE chat_id = ${chat.id}`)).toEqual([])
    await person.pressesData('1:forget-yes')
    expect(person.shown.text).toMatch(/^Fatto/)
    expect(await bot.chatRow(chat.id)).toBeUndefined()
  })
})

describe('groups and channels', () => {
  const [admin, member] = [7101, 7102]
  telegram.standing.set(admin, 'administrator')

  test('in a group admins decide, and members can look', async () => {
    const boss = bot.inGroup(admin)
    const guest = bot.inGroup(member, boss.chat.id)
    await guest.types('/segui trieste')
    expect(guest.shown.text).toBe('Qui possono farlo solo gli amministratori.')
    expect(await bot.followed(boss.chat.id)).toEqual([])
    await boss.types('/segui@sportellobot trieste')
    expect(await bot.followed(boss.chat.id)).toEqual(['TS'])
    await guest.types('/mie')
    expect(guest.shown.text).toContain('Trieste')
    await guest.pressesData('1:drop:TS')
    expect(await bot.followed(boss.chat.id)).toEqual(['TS'])
    await boss.pressesData('1:drop:TS')
    expect(await bot.followed(boss.chat.id)).toEqual([])
  })

  test('talk and commands that are meant for others get no answer', async () => {
    const boss = bot.inGroup(admin)
    const calls = () => telegram.count('sendMessage')
    const before = calls()
    for (const text of ['torino', 'ciao', '/segui@AnotherBot torino', '/ban']) {
      await boss.sends({ message: boss.message({ text }) })
    }
    expect(calls()).toBe(before)
    expect(await bot.followed(boss.chat.id)).toEqual([])
  })

  test('when Telegram cannot say who is an admin nothing changes and the person is told', async () => {
    const boss = bot.inGroup(admin)
    telegram.refuse = (method) =>
      method === 'getChatMember' ? { error_code: 500, description: 'Internal' } : undefined
    await boss.types('/segui pavia')
    telegram.refuse = () => undefined
    expect(boss.shown.text).toMatch(/^Non riesco a controllare/)
    expect(await bot.followed(boss.chat.id)).toEqual([])
  })

  test('an anonymous admin and a channel’s post need no question', async () => {
    const boss = bot.inGroup(1087968824)
    await boss.types('/segui pavia', { sender_chat: { id: boss.chat.id, type: 'supergroup' } })
    expect(await bot.followed(boss.chat.id)).toEqual(['PV'])
    const chat = { id: -7103, type: 'channel' }
    await bot.deliver({
      update_id: nextUpdateId(),
      channel_post: { message_id: 1, date: 1, chat, text: '/segui PV' },
    })
    expect(await bot.followed(-7103)).toEqual(['PV'])
  })
})

describe('coming and going', () => {
  const membership = (chat: object, status: string) => ({
    update_id: nextUpdateId(),
    my_chat_member: { chat, from: { id: 1 }, date: 1, new_chat_member: { status, user: { id: 1 } } },
  })

  test('a block suspends the subscriptions and an unblock resumes them', async () => {
    const person = someone()
    await person.types('/segui matera')
    await bot.deliver(membership(person.chat, 'kicked'))
    const state = () =>
      rows(
        sql`SELECT asleep, status FROM subscriptions JOIN chats ON chats.id = chat_id WHERE id = ${person.chat.id}`,
      )
    expect(await state()).toEqual([{ asleep: 1, status: 'gone' }])
    time.now += 60 * MINUTE
    await bot.deliver(membership(person.chat, 'member'))
    expect(await state()).toEqual([{ asleep: 0, status: 'active' }])
    expect(await rows(sql`SELECT watched_since FROM provinces WHERE code = 'MT'`)).toEqual([
      { watched_since: time.now },
    ])
  })

  test('who was gone and follows a province again begins anew, and is not told that nothing changed', async () => {
    const person = someone()
    await person.types('/segui isernia')
    await bot.deliver(membership(person.chat, 'kicked'))
    await person.types('/segui isernia')
    expect(person.shown.text).toMatch(/^Ora segui Isernia/)
    await person.types('/segui isernia')
    expect(person.shown.text).toBe('Segui già Isernia: non è cambiato nulla.')
  })

  test('a group that adds the bot is greeted once', async () => {
    const group = bot.inGroup(7101)
    const chat = { ...group.chat, type: 'group' }
    await bot.deliver(membership(chat, 'member'))
    expect(group.shown.text).toMatch(/^Ciao a tutti/)
    await bot.deliver(membership(chat, 'administrator'))
    expect(group.messageCount).toBe(1)
  })

  test('a group that becomes a supergroup keeps its subscriptions under the new id', async () => {
    const boss = bot.inGroup(7101)
    await boss.types('/segui novara')
    const update = {
      update_id: nextUpdateId(),
      message: { message_id: 1, date: 1, chat: boss.chat, migrate_to_chat_id: -1007777 },
    }
    await bot.deliver(update)
    await bot.deliver({ ...update, update_id: nextUpdateId() })
    expect(await bot.followed(boss.chat.id)).toEqual([])
    expect(await bot.followed(-1007777)).toEqual(['NO'])
    expect((await bot.chatRow(-1007777))?.status).toBe('active')
  })

  describe('a group with settings that becomes a supergroup', () => {
    /** A group with a language, quiet hours, filters and a muted province. */
    async function settledGroup(id: number) {
      bot.telegram.standing.set(id, 'administrator')
      const boss = bot.inGroup(id)
      await boss.types('/segui novara')
      await boss.types('/lingua en')
      await boss.pressesData('1:set-quiet:22.00:07.00')
      await boss.pressesData('1:set-places:3')
      await boss.pressesData('1:mute:NO')
      const to = -1_000_000_000_000 + boss.chat.id
      const supergroup = { ...boss.chat, id: to, type: 'supergroup' }
      const message = (chat: object, extra: object) => ({
        update_id: nextUpdateId(),
        message: { message_id: 1, date: 1, chat, ...extra },
      })
      return {
        boss,
        to,
        left: () => bot.deliver(message(boss.chat, { migrate_to_chat_id: to })),
        arrived: () => bot.deliver(message(supergroup, { migrate_from_chat_id: boss.chat.id })),
        added: () => bot.deliver(membership(supergroup, 'member')),
      }
    }
    type Settled = Awaited<ReturnType<typeof settledGroup>>
    const orders: [string, (keyof Pick<Settled, 'left' | 'arrived' | 'added'>)[]][] = [
      ['it leaves the old id first', ['left', 'arrived', 'added']],
      ['it arrives first', ['arrived', 'added', 'left']],
      ['the bot is added first', ['added', 'left', 'arrived']],
      ['the bot is added first, then it arrives', ['added', 'arrived', 'left']],
    ]
    test.each(orders)('keeps all of them and is not greeted again when %s', async (name, events) => {
      const group = await settledGroup(7_200 + orders.findIndex(([each]) => each === name))
      const mutes = sql`SELECT province, muted_until > 0 AS muted, asleep FROM subscriptions WHERE chat_id = ${group.to}`
      await transact(bot.db, [
        sql`INSERT INTO false_alarms (alert_id, chat_id, office_id, at) VALUES ('a', ${group.boss.chat.id}, '7', 1)`,
      ])
      for (const event of events) await group[event]()
      expect(
        await rows(
          sql`SELECT alert_id, chat_id FROM false_alarms WHERE chat_id IN (${group.boss.chat.id}, ${group.to})`,
        ),
      ).toEqual([{ alert_id: 'a', chat_id: group.to }])
      expect(await bot.chatRow(group.to)).toMatchObject({
        language: 'en',
        quiet_from: '22:00',
        quiet_to: '07:00',
        min_places: 3,
        status: 'active',
      })
      expect(await rows(mutes)).toEqual([{ province: 'NO', muted: 1, asleep: 0 }])
      expect(await bot.chatRow(group.boss.chat.id)).toBeUndefined()
      const greetings = sql`SELECT status FROM deliveries WHERE event = 'greeting' AND chat_id = ${group.to}`
      expect((await rows(greetings)).filter(({ status }) => status !== 'expired')).toEqual([])
    })

    test.each(orders)('wakes up when it slept or refused the bot, and %s', async (name, events) => {
      const group = await settledGroup(7_250 + orders.findIndex(([each]) => each === name))
      await bot.deliver(membership(group.boss.chat, 'kicked'))
      await rows(sql`UPDATE chats SET refused_since = 1 WHERE id = ${group.boss.chat.id}`)
      expect(await bot.chatRow(group.boss.chat.id)).toMatchObject({ status: 'gone', refused_since: 1 })
      for (const event of events) await group[event]()
      const awake = { status: 'active', language: 'en', refused_since: null }
      expect(await bot.chatRow(group.to)).toMatchObject(awake)
      const asleep = sql`SELECT asleep FROM subscriptions WHERE chat_id = ${group.to}`
      expect(await rows(asleep)).toEqual([{ asleep: 0 }])
      // The old id's farewell may come last.
      await bot.deliver(membership(group.boss.chat, 'left'))
      expect(await bot.chatRow(group.to)).toMatchObject(awake)
      expect(await rows(asleep)).toEqual([{ asleep: 0 }])
    })
  })

  test('a supergroup to which the bot is added is greeted after a moment', async () => {
    const supergroup = { id: -1_000_000_009_999, type: 'supergroup', title: 'Famiglia' }
    await bot.deliver(membership(supergroup, 'member'))
    const greeting = sql`SELECT status, not_before, content ->> '$.message.text' AS text FROM deliveries
                         WHERE event = 'greeting' AND chat_id = ${supergroup.id}`
    expect(await rows(greeting)).toEqual([
      { status: 'queued', not_before: time.now + 10_000, text: expect.stringMatching(/^Ciao a tutti/) },
    ])
  })
})
