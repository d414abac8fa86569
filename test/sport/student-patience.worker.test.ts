import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../src/platform/time.ts'
import type { SiteReason } from '../../src/sport/site/site-model.ts'
import { at, must, NOON, TestStudent, THURSDAY, TUESDAY, WEDNESDAY } from './student-kit.worker.ts'

const OPENING = at(TUESDAY, '00:00')
const linked = () => new TestStudent(NOON).link()

/* Never an alternative while the first choice may be booked. */

test.each<[string, (student: TestStudent) => void]>([
  ['its answer is lost', ({ site }) => site.fail('book', 'answer-lost', { after: true })],
  ['the site breaks off', ({ site }) => site.fail('book', 'site-down', { after: true })],
  [
    'the site says that it is booked already',
    ({ site }) => site.fail('book', 'already-booked', { after: true }),
  ],
])('booked, but %s and the list lags 48 s: the alternative is left alone', async (_, prepare) => {
  const student = await linked()
  student.site.listLagMs = 48 * SECOND
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const other = student.site.add('BOXE', TUESDAY, '19:00')
  prepare(student)
  const { actionId } = await must(
    student.api.book({ requestKey: 'b', wish, alternatives: [other], when: 'now' }),
  )
  await student.settle(300)
  expect(student.site.made).toEqual([`${TUESDAY} 18:00 YOGA`])
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'completed',
    target: { name: 'YOGA' },
  })
})

test('booked with the last place, the answer lost, the repetition told "full": the list is waited for', async () => {
  const student = await linked()
  const { site } = student
  site.listLagMs = 48 * SECOND
  const wish = site.add('YOGA', TUESDAY, '18:00', { places: 1 })
  const other = site.add('BOXE', TUESDAY, '19:00')
  site.fail('book', 'answer-lost', { after: true })
  site.fail('book', 'full')
  const { actionId } = await must(
    student.api.book({ requestKey: 'b', wish, alternatives: [other], when: 'now' }),
  )
  await student.settle(300)
  expect(site.made).toEqual([`${TUESDAY} 18:00 YOGA`])
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('booked with the last place at the opening, then the object crashes: the action waits for the list', async () => {
  const student = await linked()
  const { site } = student
  site.listLagMs = 48 * SECOND
  const wish = site.add('YOGA', THURSDAY, '18:00', { places: 1 })
  const alternatives = [site.add('BOXE', THURSDAY, '19:00'), site.add('PILATES', THURSDAY, '20:00')]
  const { actionId } = await must(
    student.api.book({ requestKey: 'b', wish, alternatives, when: 'at-opening' }),
  )
  let died = false
  site.onCall = async (step) => {
    if (step !== 'book' || died || student.clock.time < OPENING) return
    died = true
    site.take(site.find(wish))
    site.fail('book', 'full')
    site.fail('book', 'full')
    await student.evict()
  }
  await student.pass(OPENING + SECOND).catch(() => undefined)
  expect(died).toBe(true)
  await student.sweep()
  await student.settle(300)
  expect(site.made).toEqual([`${THURSDAY} 18:00 YOGA`])
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('an answer lost and nothing booked: once the list has settled, the alternative is taken', async () => {
  const student = await linked()
  const { site } = student
  const wish = site.add('YOGA', TUESDAY, '18:00')
  const other = site.add('BOXE', TUESDAY, '19:00')
  site.fail('book', 'answer-lost')
  site.onCall = (step) => {
    if (step === 'book') site.find(wish).places = 0
  }
  await must(student.api.book({ requestKey: 'b', wish, alternatives: [other], when: 'now' }))
  await student.settle(300)
  expect(site.made).toEqual([`${TUESDAY} 19:00 BOXE`])
})

test('a watched class whose answer was lost is not joined by another watched one', async () => {
  const student = await linked()
  const { site } = student
  site.listLagMs = 48 * SECOND
  const wish = site.add('YOGA', WEDNESDAY, '18:00', { places: 0 })
  const other = site.add('BOXE', WEDNESDAY, '19:00', { places: 0 })
  const watchUntil = at(WEDNESDAY, '12:00')
  await must(student.api.book({ requestKey: 'b', wish, alternatives: [other], when: 'now', watchUntil }))
  await student.settle(60)
  site.find(wish).places = 1
  site.find(other).places = 1
  site.fail('book', 'answer-lost', { after: true })
  await student.settle(1200)
  expect(site.made).toEqual([`${WEDNESDAY} 18:00 YOGA`])
})

/* Temporary trouble is retried until the class can no longer be useful. */

test.each([300, SECOND, 5 * SECOND, MINUTE, 5 * MINUTE])(
  'a class that the schedule shows only %i ms after its opening is booked within seconds',
  async (late) => {
    const student = await linked()
    const { site } = student
    const wish = site.add('YOGA', THURSDAY, '18:00')
    const [shown] = site.classes.splice(0)
    site.onCall = () => {
      if (shown && site.classes.length === 0 && student.clock.time >= OPENING + late) site.classes.push(shown)
    }
    await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
    await student.pass(OPENING + late + MINUTE)
    const booked = site.calls.find(({ step }) => step === 'book')?.at ?? Number.POSITIVE_INFINITY
    expect(site.made).toHaveLength(1)
    expect(booked - (OPENING + late)).toBeLessThan(late > 3 * MINUTE ? 31 * SECOND : 6 * SECOND)
  },
)

test('the schedule is read at a polite rate while a class does not appear', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  student.site.classes.length = 0
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(OPENING + 20 * MINUTE)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason: 'class-gone' })
  expect(student.site.count('schedule')).toBeLessThan(300)
})

test.each([20, 70, 300, 1500])('a site that opens %i s late is booked within seconds', async (late) => {
  const student = await linked()
  const opening = OPENING + late * SECOND
  const wish = student.site.add('YOGA', THURSDAY, '18:00', { opensAt: opening })
  student.site.showsFree = true
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(opening + MINUTE)
  expect(student.site.made).toHaveLength(1)
  const last = student.site.calls.filter(({ step }) => step === 'book').at(-1)?.at ?? Number.POSITIVE_INFINITY
  expect(last - opening).toBeLessThan(15 * SECOND)
})

test.each<[SiteReason, 'login' | 'schedule' | 'bookings', number]>([
  ['site-down', 'schedule', 2],
  ['site-down', 'bookings', 2],
  ['sso-down', 'login', 3],
  ['browser-busy', 'login', 14],
  ['rate-limited', 'schedule', 2],
])('%s at %s for hours: told once, and booked when it is over', async (reason, step, hours) => {
  const student = await linked()
  const { site } = student
  const wish = site.add('YOGA', WEDNESDAY, '18:00')
  if (step === 'login') site.alive.clear()
  student.clock.time += 10 * MINUTE
  site.fail(step, reason, { always: true })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.pass(NOON + hours * HOUR)
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'pending',
    stage: 'retrying',
    reason,
  })
  expect((await student.texts()).filter((text) => text.startsWith('⏳'))).toHaveLength(1)
  site.faults.length = 0
  await student.pass(NOON + hours * HOUR + 20 * MINUTE)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a site that stays down until the class begins: failed then, not before', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  student.site.fail('schedule', 'site-down', { always: true })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.pass(at(TUESDAY, '17:30'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending' })
  await student.pass(at(TUESDAY, '18:00'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason: 'site-down' })
})

test('a site that asks for more patience than the class allows is looked at again in time', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  student.site.fail('schedule', 'site-down', { retryAfterMs: 24 * HOUR })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.pass(NOON + 61 * MINUTE)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test.each<SiteReason>(['refused', 'not-open-yet', 'class-gone', 'full'])(
  'a freed place that the site does not give us (%s) leaves the watch on until its limit',
  async (reason) => {
    const student = await linked()
    const { site } = student
    const wish = site.add('YOGA', WEDNESDAY, '18:00', { places: 0 })
    const watchUntil = at(WEDNESDAY, '12:00')
    const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now', watchUntil }))
    await student.settle(60)
    site.find(wish).places = 1
    site.fail('book', reason, { always: true })
    await student.settle(1800)
    expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending', stage: 'watching' })
    site.faults.length = 0
    await student.settle(900)
    expect(site.made).toEqual([`${WEDNESDAY} 18:00 YOGA`])
  },
)

/* The object itself. */

test('reading writes nothing and leaves the alarm alone', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  const written = () =>
    runInDurableObject(student.stub, async (_object, state) => {
      const { changes } = state.storage.sql
        .exec<{ changes: number }>('SELECT total_changes() AS changes')
        .one()
      return { changes, alarm: await state.storage.getAlarm() }
    })
  const before = await written()
  const { api } = student
  await Promise.all([api.account(), api.bookings(), api.weekly(), api.upcoming(8), api.history()])
  await Promise.all([api.lastActions(20), api.action(actionId), api.preferences(), api.overview(8, 30)])
  expect(await written()).toEqual(before)
})

test('the week page gets all that it shows in one call', async () => {
  const student = await linked()
  const { api } = student
  const parts = {
    account: await must(api.account()),
    bookings: await must(api.bookings()),
    occurrences: await must(api.upcoming(8)),
    weekly: await must(api.weekly()),
    actions: await must(api.lastActions(30)),
    questions: await must(api.openConfirmations()),
  }
  expect(await must(api.overview(8, 30))).toEqual(parts)
})

test('a notification that is added during a flush of the outbox is sent too', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await must(student.api.attachMessage(actionId, { chatId: student.userId, messageId: 7 }))
  await student.settle(120)
  expect(await student.rows('SELECT event FROM outbox WHERE done_at IS NULL')).toEqual([])
  expect((await student.texts()).at(-1)).toContain('Prenotato')
})

test.each(['cancel', 'link'] as const)('a %s that would run into an opening waits', async (kind) => {
  const student = await linked()
  const { site } = student
  const booked = site.add('BOXE', WEDNESDAY, '10:00')
  await must(student.api.book({ requestKey: 'a', wish: booked, when: 'now' }))
  const wish = site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(OPENING - 4 * MINUTE)
  const [booking] = await must(student.api.bookings())
  const step = kind === 'cancel' ? 'cancelInPage' : 'login'
  const before = site.count(step)
  if (kind === 'cancel') await must(student.api.cancel('c', booking?.id ?? 0))
  else
    await must(student.api.link('l', { username: 'u', password: 'p', otpauth: 'otpauth://totp/x?secret=A' }))
  await student.pass(OPENING + 3 * MINUTE)
  expect(site.count(step)).toBe(before + 1)
  const raced = site.calls.findIndex((call) => call.step === 'book' && call.at >= OPENING)
  expect(site.calls.findIndex((call) => call.step === step && call.at > NOON + HOUR)).toBeGreaterThan(raced)
  expect(site.made).toContain(`${THURSDAY} 18:00 YOGA`)
})

test('a cancellation that is under way cannot be withdrawn', async () => {
  const student = await linked()
  const { site } = student
  const wish = site.add('YOGA', WEDNESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  const [booking] = await must(student.api.bookings())
  const { actionId } = await must(student.api.cancel('c', booking?.id ?? 0))
  let answer: unknown
  site.onCall = async (step) => {
    if (step === 'cancelInPage') answer = await student.api.withdraw('w', actionId)
  }
  await student.settle()
  expect(answer).toEqual({ ok: false, refusal: 'too-late' })
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a booking that may have been made cannot be withdrawn while the list lags', async () => {
  const student = await linked()
  const { site } = student
  site.listLagMs = 48 * SECOND
  const wish = site.add('YOGA', THURSDAY, '18:00', { places: 1 })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  site.fail('book', 'answer-lost', { after: true })
  site.fail('book', 'full', { always: true })
  await student.pass(OPENING + 20 * SECOND)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending', withdrawable: false })
  expect(await student.api.withdraw('w', actionId)).toEqual({ ok: false, refusal: 'too-late' })
  await student.settle(120)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test.each<SiteReason>(['bad-credentials', 'password-expired', 'otp-refused'])(
  'new credentials that the site refuses (%s) leave the account that works alone',
  async (reason) => {
    const student = await linked()
    student.site.fail('login', reason, { always: true })
    await must(
      student.api.link('l', { username: 'u', password: 'wrong', otpauth: 'otpauth://totp/x?secret=B' }),
    )
    await student.settle(600)
    expect(await must(student.api.account())).toMatchObject({ state: 'linked', problem: null })
    student.site.faults.length = 0
    student.site.alive.clear()
    student.clock.time += 10 * MINUTE
    const wish = student.site.add('YOGA', TUESDAY, '18:00')
    await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
    await student.settle()
    expect(student.site.made).toHaveLength(1)
  },
)

test('a new key starts from zero: its codes and refusals do not count with those of the old one', async () => {
  const student = await linked()
  const { site } = student
  for (let i = 0; i < 2; i++) {
    site.alive.clear()
    student.clock.time += 10 * MINUTE
    site.fail('login', 'otp-refused')
    await must(student.api.check(student.key()))
    await student.settle(10)
    site.faults.length = 0
    await student.rows(`UPDATE facts SET value = '${i + 1}' WHERE name = 'otp-refusals'`)
  }
  await must(
    student.api.link('l', { username: 'u', password: 'p', otpauth: 'otpauth://totp/x?secret=NEWKEY' }),
  )
  await student.settle(120)
  expect(await student.rows(`SELECT * FROM facts WHERE name = 'otp-refusals' AND value <> '0'`)).toEqual([])
  site.alive.clear()
  student.clock.time += 10 * MINUTE
  site.fail('login', 'otp-refused')
  await must(student.api.check(student.key()))
  await student.settle(120)
  expect(await must(student.api.account())).toMatchObject({ state: 'linked', problem: null })
})
