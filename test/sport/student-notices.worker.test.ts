import {
  createExecutionContext,
  createScheduledController,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { expect, test, vi } from 'vitest'
import booking, { Student } from '../../src/booking.ts'
import { MINUTE } from '../../src/platform/time.ts'
import {
  at,
  bindings,
  credentials,
  must,
  NOON,
  scheduledAt,
  TestStudent,
  THURSDAY,
  TUESDAY,
} from './student-kit.worker.ts'

const linked = () => new TestStudent(NOON).link()

async function cron(expression: string, now: number) {
  const ctx = createExecutionContext()
  const controller = createScheduledController({ cron: expression, scheduledTime: scheduledAt(now) })
  await (booking as unknown as ExportedHandler).scheduled?.(controller, bindings, ctx)
  await waitOnExecutionContext(ctx)
}

test('the message that shows an action is edited as it advances; the newest state is the one that stays', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await must(student.api.attachMessage(actionId, { chatId: student.userId, messageId: 77 }))
  await student.pass(at(TUESDAY, '00:01'))
  const messages = await student.messages()
  const edits = messages.filter((message) => message.type === 'edit')
  expect(edits.every((edit) => JSON.stringify(edit.target) === '{"messageId":77}')).toBe(true)
  expect(edits.at(-1)?.text).toContain('✅ Prenotato')
  expect(edits.filter((edit) => edit.status === 'queued')).toHaveLength(1)
  expect(edits.at(-1)?.status).toBe('queued')
  expect(messages.filter((message) => message.text.includes('Prenotato: YOGA'))).toHaveLength(1)
})

test('a message attached after the end shows the end, and no second message comes', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(5)
  await must(student.api.attachMessage(actionId, { chatId: student.userId, messageId: 78 }))
  await student.settle(60)
  const about = (await student.messages()).filter(
    (message) =>
      message.event.includes(`:outcome:${actionId}`) || message.event.includes(`:action:${actionId}:`),
  )
  expect(about.map((message) => message.type)).toEqual(['edit'])
})

test('an action that no message shows is reported in a new message', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(60)
  expect((await student.texts()).filter((text) => text.includes('Prenotato: YOGA'))).toHaveLength(1)
})

test('notices are written in the language of the chat', async () => {
  const student = await linked()
  await bindings.DB.prepare(
    `INSERT INTO chats (id, kind, language, created_at, last_seen_at) VALUES (?, 'private', 'en', 0, 0)`,
  )
    .bind(student.userId)
    .run()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(60)
  expect(await student.texts()).toContainEqual(
    expect.stringContaining('Booked: YOGA, Tuesday 11 May at 18:00'),
  )
  expect((await must(student.api.exportCsv())).split('\r\n')[0]).toContain('when,what,class')
})

test('quiet: everything but questions arrives without a sound', async () => {
  const student = await linked()
  await must(student.api.setPreferences({ quiet: true }))
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(60)
  const { results } = await bindings.DB.prepare(
    `SELECT content ->> '$.message.silent' AS silent FROM deliveries WHERE chat_id = ? AND event LIKE '%outcome%'`,
  )
    .bind(student.userId)
    .all()
  expect(results).toContainEqual({ silent: 1 })
})

test('no secret is in a log, a message, an export, or readable in the storage', async () => {
  const printed: string[] = []
  const spies = (['log', 'info', 'warn', 'error'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation((...line) => void printed.push(line.join(' '))),
  )
  const student = await linked()
  student.site.alive.add('pasted-cookie-value')
  await must(student.api.linkSession('s', { id: 'pasted-cookie-value' }))
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  student.site.fail('schedule', 'site-down')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(120)
  const tables = await student.rows<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`,
  )
  const stored = await Promise.all(tables.map(({ name }) => student.rows(`SELECT * FROM "${name}"`)))
  const everything = JSON.stringify([
    printed,
    await student.messages(),
    await must(student.api.exportCsv()),
    await must(student.api.account()),
    stored,
  ])
  for (const spy of spies) spy.mockRestore()
  expect(everything).toContain('YOGA')
  for (const secret of [
    credentials.password,
    credentials.username,
    'GEZDGNBVGY3TQOJQ',
    'pasted-cookie-value',
    'session-1',
  ])
    expect(everything).not.toContain(secret)
})

test('unlinked, nothing of the account is left and nothing runs any more', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  await must(student.api.unlink('u'))
  await student.pass(at(TUESDAY, '01:00'))
  expect(student.site.made).toEqual([])
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'cancelled',
    reason: 'not-linked',
  })
  expect(await must(student.api.account())).toMatchObject({ state: 'none', means: null })
  for (const table of ['account', 'session', 'candidates'])
    expect(await student.rows(`SELECT * FROM ${table}`)).toEqual([])
  const row = await bindings.DB.prepare('SELECT * FROM students WHERE user_id = ?')
    .bind(student.userId)
    .first()
  expect(row).toBeNull()
})

test('unlinked in the middle of a login: the new session is not kept', async () => {
  const student = await linked()
  student.site.alive.clear()
  student.clock.time += 10 * MINUTE
  await must(student.api.check('c'))
  student.site.onCall = async (step) => {
    if (step === 'login') await must(student.api.unlink('u'))
  }
  await student.settle()
  expect(await student.rows('SELECT * FROM session')).toEqual([])
  expect((await must(student.api.account())).state).toBe('none')
})

test.each(['login', 'bookings', 'schedule'] as const)(
  'deleted in the middle of %s: nothing is written afterwards, here or in D1',
  async (step) => {
    const student = await linked()
    student.site.alive.clear()
    student.clock.time += 10 * MINUTE
    await must(student.api.dryRun('c', student.site.add('YOGA', TUESDAY, '18:00')))
    if (step !== 'login') student.site.fail(step, 'markup-changed')
    let deleted = false
    student.site.onCall = async (called) => {
      if (called !== step || deleted) return
      deleted = true
      await must(student.api.deleteEverything())
    }
    await student.settle()
    expect(deleted).toBe(true)
    for (const table of [
      'account',
      'session',
      'candidates',
      'facts',
      'actions',
      'outbox',
      'history',
      'evidence',
    ])
      expect(await student.rows(`SELECT * FROM ${table}`), table).toEqual([])
    expect(await student.messages()).toEqual([])
    const { results } = await bindings.DB.prepare('SELECT * FROM students WHERE user_id = ?')
      .bind(student.userId)
      .all()
    expect(results).toEqual([])
  },
)

test('deleted while its row is written to D1, or while messages leave: neither stays', async () => {
  for (const _ of Array.from({ length: 10 })) {
    const student = await linked()
    const wish = student.site.add('YOGA', TUESDAY, '18:00')
    await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
    await Promise.all([student.api.wake(), student.settle(), must(student.api.deleteEverything())])
    await student.settle()
    const { results } = await bindings.DB.prepare('SELECT * FROM students WHERE user_id = ?')
      .bind(student.userId)
      .all()
    expect(results).toEqual([])
    expect(await student.messages()).toEqual([])
  }
})

test('after a deletion storage and D1 are empty, and the object can start again', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(60)
  await must(student.api.deleteEverything())
  for (const table of ['actions', 'bookings', 'history', 'outbox', 'facts', 'account', 'timers'])
    expect(await student.rows(`SELECT * FROM ${table}`)).toEqual([])
  expect(await student.messages()).toEqual([])
  await student.link()
  expect((await must(student.api.account())).state).toBe('linked')
})

test('a user who is not on the list is refused, by the object too, but may erase everything', async () => {
  const student = await linked()
  const answers = await runInDurableObject(student.stub, async (_object, state) => {
    const stranger = new Student(state, { ...bindings, SPORT_USER_IDS: '1,2,3' } as never)
    const refused = [
      await stranger.account(),
      await stranger.check('c'),
      await stranger.link('l', credentials),
      await stranger.feed('token'),
    ]
    await stranger.alarm()
    return { refused, refreshed: await stranger.refreshSchedule(true), erased: await stranger.unlink('u') }
  })
  expect(answers.refused).toEqual(Array(4).fill({ ok: false, refusal: 'not-allowed' }))
  expect(answers.refreshed).toBe('not-allowed')
  expect(answers.erased).toEqual({ ok: true, value: null })
})

test('the calendar feed opens with its token only, until it is revoked', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  const token = await must(student.api.feedToken())
  expect(await must(student.api.feedToken())).toBe(token)
  expect(await must(student.api.feed(token))).toMatchObject([{ name: 'YOGA', state: 'active' }])
  expect(await student.api.feed('guess')).toEqual({ ok: false, refusal: 'not-found' })
  await must(student.api.revokeFeed('r'))
  expect(await student.api.feed(token)).toEqual({ ok: false, refusal: 'not-found' })
  expect(await must(student.api.feedToken())).not.toBe(token)
})

test('D1 learns of a page that does not parse, and that it parses again', async () => {
  const student = await linked()
  student.site.fail('bookings', 'markup-changed')
  student.site.fail('bookings', 'markup-changed')
  await must(student.api.check('c'))
  await student.settle(600)
  const reported = await bindings.DB.prepare(`SELECT value FROM state WHERE name = 'sport-markup'`).first(
    'value',
  )
  const { list } = JSON.parse(String(reported))
  expect(list).toEqual({
    detail: 'the fake site says markup-changed',
    surprisedAt: expect.any(Number),
    understoodAt: expect.any(Number),
  })
  expect(list.understoodAt).toBeGreaterThan(list.surprisedAt)
  expect(await student.rows(`SELECT * FROM facts WHERE name = 'markup'`)).toEqual([])
})

test('history is exported as CSV that a spreadsheet takes for text', async () => {
  const student = await linked()
  const wish = student.site.add('=HYPERLINK("x"), YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  const csv = await must(student.api.exportCsv())
  expect(csv).toContain(`,booked,"'=HYPERLINK(""x""), YOGA",Giuriati,${TUESDAY},18:00,`)
})

test('D1 knows when the next timer is due, and the sweep wakes an object that lost its alarm', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  const known = await bindings.DB.prepare('SELECT next_timer_at AS at FROM students WHERE user_id = ?')
    .bind(student.userId)
    .first<{ at: number }>()
  expect(known?.at).toBe(await student.nextTimer())
  await student.stub.wake()
  await cron('*/10 * * * *', (known?.at ?? 0) + 10 * MINUTE)
  expect(await student.nextTimer()).not.toBeNull()
})

test('at six in Rome one student’s session reads the week for everybody; a failed one is followed by the next', async () => {
  await bindings.DB.batch([
    bindings.DB.prepare('DELETE FROM students'),
    bindings.DB.prepare('DELETE FROM courses'),
  ])
  const first = new TestStudent(NOON)
  await first.link()
  const second = new TestStudent(NOON)
  await second.link()
  for (const student of [first, second]) {
    await must(student.api.shareSchedule(true))
    await student.settle()
  }
  const six = at(TUESDAY, '06:00')
  for (const student of [first, second]) {
    student.clock.time = six
    student.site.add('YOGA', TUESDAY, '18:00', { places: 4 })
    student.site.add('BOXE', THURSDAY, '19:00')
  }
  first.site.fail('activities', 'site-down', { always: true })
  const before = first.site.count('schedule')
  await bindings.DB.prepare('UPDATE students SET last_volunteered_at = user_id = ?').bind(second.userId).run()
  await cron('0 4,5 * * *', six)
  const { results } = await bindings.DB.prepare(
    'SELECT name, available_places AS places, day_of_week AS day FROM courses ORDER BY date',
  ).all()
  expect(results).toEqual([
    { name: 'YOGA', places: 4, day: 2 },
    { name: 'BOXE', places: 10, day: 4 },
  ])
  const read = second.site.count('schedule')
  expect(first.site.count('schedule')).toBe(before)
  await cron('*/10 * * * *', six)
  await cron('*/10 * * * *', six + 10 * MINUTE)
  expect(second.site.count('schedule')).toBe(read)
})

test('ten students whose sessions are dead do not block the schedule for the others', async () => {
  await bindings.DB.batch([
    bindings.DB.prepare('DELETE FROM students'),
    bindings.DB.prepare('DELETE FROM courses'),
  ])
  const able = await new TestStudent(NOON).link()
  await must(able.api.shareSchedule(true))
  await able.settle()
  able.site.add('YOGA', TUESDAY, '18:00')
  await bindings.DB.batch(
    Array.from({ length: 12 }, (_, id) =>
      bindings.DB.prepare('INSERT INTO students (user_id, linked_at, shares_schedule) VALUES (?, 0, 1)').bind(
        id + 1,
      ),
    ),
  )
  // Everybody was asked as long ago: those who never linked their account here come first, by their ids.
  const eight = at(TUESDAY, '08:00')
  able.clock.time = eight
  const read = () => bindings.DB.prepare('SELECT count(*) AS count FROM courses').first('count')
  await cron('*/10 * * * *', eight)
  expect(await read()).toBe(0)
  await cron('*/10 * * * *', eight + 10 * MINUTE)
  expect(await read()).toBe(1)
})

test('an account reads the schedule for everybody only while its student agrees to it', async () => {
  const clear = () =>
    bindings.DB.batch([
      bindings.DB.prepare('DELETE FROM students'),
      bindings.DB.prepare('DELETE FROM courses'),
    ])
  const read = () => bindings.DB.prepare('SELECT count(*) AS count FROM courses').first('count')
  await clear()
  const student = new TestStudent(NOON)
  student.site.add('YOGA', TUESDAY, '18:00')
  await student.link()
  const asks = () => student.site.count('schedule') + student.site.count('activities')
  expect((await must(student.api.account())).sharesSchedule).toBe(null)
  await cron('*/10 * * * *', NOON)
  expect(await student.stub.refreshSchedule(true)).toBe('not-agreed')
  expect([await read(), asks()]).toEqual([0, 0])

  await must(student.api.shareSchedule(true))
  await student.settle()
  expect(await read()).toBe(1)

  await must(student.api.shareSchedule(false))
  await student.settle()
  await bindings.DB.prepare('DELETE FROM courses').run()
  const before = asks()
  await cron('*/10 * * * *', NOON + 10 * MINUTE)
  expect(await student.stub.refreshSchedule(true)).toBe('not-agreed')
  expect([await read(), asks()]).toEqual([0, before])

  // Another account, another question.
  await must(student.api.shareSchedule(true))
  await must(student.api.unlink('u'))
  expect((await must(student.api.account())).sharesSchedule).toBe(null)
})

test('who changes their mind while the schedule is read keeps it to themselves', async () => {
  await bindings.DB.prepare('DELETE FROM courses').run()
  const student = await new TestStudent(NOON).link()
  student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.shareSchedule(true))
  student.site.onCall = async (step) => {
    if (step === 'schedule') await must(student.api.shareSchedule(false))
  }
  expect(await student.stub.refreshSchedule(false)).toBe('not-agreed')
  expect(await bindings.DB.prepare('SELECT count(*) AS count FROM courses').first('count')).toBe(0)
})

test('while D1 is down notifications stay queued; when it is back each is sent once', async () => {
  const student = await linked()
  const before = (await student.messages()).length
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await runInDurableObject(student.stub, async (_object, state) => {
    const down = () => {
      throw new Error('D1 is down')
    }
    const env = { ...bindings, DB: { prepare: down, batch: down } }
    const sibling = new Student(state, env as never)
    await sibling.alarm()
    student.clock.time += 11_000
    await sibling.alarm()
  })
  expect(await student.rows('SELECT event FROM outbox WHERE done_at IS NULL')).not.toEqual([])
  expect(await student.messages()).toHaveLength(before)
  await student.settle(120)
  await student.settle(120)
  expect(await student.rows('SELECT event FROM outbox WHERE done_at IS NULL')).toEqual([])
  expect((await student.texts()).filter((text) => text.includes('Prenotato: YOGA'))).toHaveLength(1)
})
