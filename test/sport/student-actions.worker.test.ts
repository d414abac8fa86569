import { expect, test } from 'vitest'
import { Tally, tally } from '../../src/db/tally.ts'
import { at, bindings, must, NOON, TestStudent, THURSDAY, TUESDAY, WEDNESDAY } from './student-kit.worker.ts'

const linked = () => new TestStudent(NOON).link()

test('an account is tried at once, and works', async () => {
  const student = new TestStudent(NOON)
  const { actionId } = await must(
    student.api.link('k', { username: 'u', password: 'p', otpauth: 'otpauth://totp/x?secret=A' }),
  )
  expect((await must(student.api.account())).state).toBe('trying')
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ kind: 'link', status: 'completed' })
  expect(await must(student.api.account())).toMatchObject({
    state: 'linked',
    means: 'credentials',
    problem: null,
  })
})

test('a class that is open is booked, and "booked" is said when the list shows it', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', TUESDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish: yoga, when: 'now' }))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending', stage: 'queued' })
  await student.settle()
  const action = await must(student.api.action(actionId))
  expect(action).toMatchObject({
    status: 'completed',
    booking: { name: 'YOGA', start: '18:00', minutes: 55 },
  })
  expect(student.site.made).toEqual([`${TUESDAY} 18:00 YOGA`])
  expect((await must(student.api.bookings())).map((booking) => booking.name)).toEqual(['YOGA'])
})

test('a class that opens at midnight is booked at midnight', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish: yoga, when: 'at-opening' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'pending',
    stage: 'opening',
    opensAt: at(TUESDAY, '00:00'),
  })
  await student.pass(at(TUESDAY, '00:01'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
  expect(student.site.calls.filter((call) => call.step === 'book').map((call) => call.at)).toEqual([
    at(TUESDAY, '00:00'),
  ])
})

test('a booking is cancelled on the site', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', WEDNESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish: yoga, when: 'now' }))
  await student.settle()
  const [booking] = await must(student.api.bookings())
  const { actionId } = await must(student.api.cancel('c', booking?.id ?? 0))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed', kind: 'cancel' })
  expect(student.site.cancelled).toEqual([`${WEDNESDAY} 18:00 YOGA`])
  expect(await must(student.api.bookings())).toEqual([])
})

test('actions run in the order they came, one at a time', async () => {
  const student = await linked()
  const { site } = student
  const wishes = ['YOGA', 'BOXE', 'PILATES'].map((name, hour) => site.add(name, TUESDAY, `1${hour}:00`))
  let inside = 0
  let most = 0
  site.onCall = async () => {
    most = Math.max(most, ++inside)
    await Promise.resolve()
    inside--
  }
  await Promise.all(
    wishes.map((wish, n) => must(student.api.book({ requestKey: `b${n}`, wish, when: 'now' }))),
  )
  await Promise.all([student.alarm(), student.alarm()])
  await student.settle()
  expect(most).toBe(1)
  expect(site.made).toEqual([`${TUESDAY} 10:00 YOGA`, `${TUESDAY} 11:00 BOXE`, `${TUESDAY} 12:00 PILATES`])
})

test('a repeated call answers the same and books once; another for the same class is refused', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const request = { requestKey: 'same', wish, when: 'now' as const }
  const first = await must(student.api.book(request))
  expect(await must(student.api.book(request))).toEqual(first)
  expect(await student.api.book({ ...request, requestKey: 'other' })).toEqual({
    ok: false,
    refusal: 'duplicate',
  })
  await student.settle()
  expect(await must(student.api.book(request))).toEqual(first)
  expect(await student.api.book({ ...request, requestKey: 'third' })).toEqual({
    ok: false,
    refusal: 'duplicate',
  })
  await student.settle()
  expect(student.site.made).toHaveLength(1)
})

test('fifty open requests are taken at once, and fifty weekly bookings: each costs the site requests', async () => {
  const student = await linked()
  const asked = (i: number) => ({
    requestKey: `many-${i}`,
    wish: { ...student.site.add(`CLASS ${i}`, THURSDAY, '18:00') },
    when: 'at-opening' as const,
  })
  for (let i = 0; i < 50; i++) await must(student.api.book(asked(i)))
  const tooMany = { ok: false, refusal: 'too-many' }
  expect(await student.api.book(asked(50))).toEqual(tooMany)
  expect(await student.api.check('check')).toEqual(tooMany)
  expect(await student.api.dryRun('try')).toEqual(tooMany)
  // What was asked before is answered as before.
  expect(await student.api.book(asked(0))).toMatchObject({ ok: true })

  const draft = (i: number) => ({
    type: 'course' as const,
    name: `CLASS ${i}`,
    location: 'Giuriati',
    dayOfWeek: 4 as const,
    start: '18:00',
    policy: 'no-confirmation' as const,
  })
  for (let i = 0; i < 50; i++) await must(student.api.createWeekly(`weekly-${i}`, draft(i)))
  expect(await student.api.createWeekly('weekly-50', draft(50))).toEqual(tooMany)
})

test('an alarm fired twice, or early, does nothing more', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  const before = student.site.calls.length
  for (let i = 0; i < 5; i++) await student.alarm()
  expect(student.site.calls).toHaveLength(before)
  await student.pass(at(TUESDAY, '00:01'))
  const after = student.site.calls.length
  await student.alarm()
  await student.alarm()
  expect(student.site.calls).toHaveLength(after)
  expect(student.site.made).toHaveLength(1)
})

test('an alarm that comes an hour late still books, when there is a place', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  student.clock.time = at(TUESDAY, '01:00')
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a class already begun, nonsense, and calls without an account are refused', async () => {
  const student = new TestStudent(NOON)
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const book = (changed: object) =>
    student.api.book({ requestKey: student.key(), wish: { ...wish, ...changed }, when: 'now' })
  expect(await book({})).toEqual({ ok: false, refusal: 'not-linked' })
  await student.link()
  expect(await book({ date: '2027-02-30' })).toEqual({ ok: false, refusal: 'invalid' })
  expect(await book({ start: '25:00' })).toEqual({ ok: false, refusal: 'invalid' })
  expect(await book({ date: '2027-05-09' })).toEqual({ ok: false, refusal: 'too-late' })
  expect(await student.api.cancel('c', 99)).toEqual({ ok: false, refusal: 'not-found' })
  expect(await student.api.withdraw('w', 99)).toEqual({ ok: false, refusal: 'not-found' })
})

test('a pending action is withdrawn and never runs', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  expect(await must(student.api.withdraw('w', actionId))).toMatchObject({
    status: 'cancelled',
    reason: 'withdrawn',
  })
  await student.pass(at(TUESDAY, '01:00'))
  expect(student.site.made).toEqual([])
})

test('withdrawn while it is at work, before anything was sent: nothing is sent', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  student.site.onCall = async (step) => {
    if (step === 'schedule') await must(student.api.withdraw('w', actionId))
  }
  await student.settle()
  expect(student.site.count('book')).toBe(0)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'cancelled', reason: 'withdrawn' })
})

test('withdrawn after it was sent: too late, the booking stands', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  student.site.onCall = async (step) => {
    if (step === 'book')
      expect(await student.api.withdraw('w', actionId)).toEqual({ ok: false, refusal: 'too-late' })
  }
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a class that turns out to be full is full in the schedule that everybody sees', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00', { places: 0 })
  const course = bindings.DB.prepare(
    `INSERT OR REPLACE INTO courses (key, type, name, location, date, day_of_week, start, "end", available_places, updated_at)
     VALUES (?1, 'course', ?1, '', ?2, 2, '18:00', '18:55', 1, ?3)`,
  )
  await bindings.DB.batch([course.bind('YOGA', TUESDAY, NOON), course.bind('BOXE', TUESDAY, NOON)])
  await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  const { results } = await bindings.DB.prepare(
    'SELECT name, available_places AS places, updated_at AS at FROM courses WHERE key IN (?, ?) ORDER BY name',
  )
    .bind('YOGA', 'BOXE')
    .all()
  // The time stays: a newer one would say that the whole schedule was read.
  expect(results).toEqual([
    { name: 'BOXE', places: 1, at: NOON },
    { name: 'YOGA', places: 0, at: NOON },
  ])
})

test('alternatives are tried in order when the class is full', async () => {
  const student = await linked()
  const { site } = student
  const wish = site.add('YOGA', TUESDAY, '18:00', { places: 0 })
  const alternatives = [
    site.add('BOXE', TUESDAY, '19:00', { places: 0 }),
    site.add('PILATES', TUESDAY, '20:00'),
    site.add('ZUMBA', TUESDAY, '21:00'),
  ]
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, alternatives, when: 'now' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'completed',
    target: { name: 'PILATES' },
    booking: { name: 'PILATES', start: '20:00' },
  })
  expect(site.made).toHaveLength(1)
})

test('a full class is watched, and a freed place is taken', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', WEDNESDAY, '18:00', { places: 0 })
  const watchUntil = at(WEDNESDAY, '12:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now', watchUntil }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'pending',
    stage: 'watching',
    watchUntil,
  })
  expect(await student.texts()).not.toContainEqual(expect.stringContaining('al completo'))
  await student.pass(at(TUESDAY, '09:00'))
  expect(student.site.count('book')).toBe(0)
  student.site.find(wish).places = 1
  await student.pass(at(TUESDAY, '09:10'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
  expect(student.site.made).toHaveLength(1)
})

test('a watch ends at its limit and says so', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', WEDNESDAY, '18:00', { places: 0 })
  const watchUntil = at(TUESDAY, '12:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now', watchUntil }))
  await student.pass(at(TUESDAY, '13:00'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason: 'watch-ended' })
  student.site.find(wish).places = 5
  await student.pass(at(WEDNESDAY, '18:00'))
  expect(student.site.made).toEqual([])
})

test('the watch continues when another person takes the freed place first', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', WEDNESDAY, '18:00', { places: 0 })
  const watchUntil = at(WEDNESDAY, '12:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now', watchUntil }))
  await student.settle()
  student.site.find(wish).places = 1
  student.site.fail('book', 'full')
  await student.settle(600)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
  expect(student.site.count('book')).toBe(2)
})

test('without a watch a full class fails, and says why', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00', { places: 0 })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason: 'full' })
  expect(student.site.count('book')).toBe(0)
})

test('a Fit Center slot is booked by its activity; another course at the same hour is not', async () => {
  const student = await linked()
  student.site.add('BOXE', TUESDAY, '18:00')
  const gym = student.site.add('Giuriati - Fit Center', TUESDAY, '18:00', { type: 'fit-center' })
  const wrong = { ...gym, type: 'course' as const, name: 'YOGA' }
  const missing = await must(student.api.book({ requestKey: 'y', wish: wrong, when: 'now' }))
  const { actionId } = await must(student.api.book({ requestKey: 'g', wish: gym, when: 'now' }))
  await student.settle()
  expect(await must(student.api.action(missing.actionId))).toMatchObject({
    status: 'failed',
    reason: 'class-gone',
  })
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'completed',
    booking: { type: 'fit-center' },
  })
  expect(student.site.made).toEqual([`${TUESDAY} 18:00 Giuriati - Fit Center`])
})

test('a check takes over what the list says, and what it lacks twice is gone', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', WEDNESDAY, '18:00')
  student.site.take(student.site.find(yoga))
  await must(student.api.check('c1'))
  await student.settle()
  expect(await must(student.api.bookings())).toHaveLength(1)
  student.site.booked = []
  await must(student.api.check('c2'))
  await student.settle(60)
  expect(await must(student.api.bookings())).toHaveLength(1)
  await student.settle(600)
  expect(await must(student.api.bookings())).toHaveLength(0)
  expect(await student.texts()).toContainEqual(expect.stringContaining('non è più nel tuo elenco'))
})

test('a failed list changes nothing', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', WEDNESDAY, '18:00')
  student.site.take(student.site.find(yoga))
  await must(student.api.check('c1'))
  await student.settle()
  student.site.fail('bookings', 'markup-changed', { always: true })
  await must(student.api.check('c2'))
  await student.pass(at(TUESDAY, '12:00'))
  expect(await must(student.api.bookings())).toHaveLength(1)
})

test('bookings are synced hourly while there are some', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', TUESDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish: yoga, when: 'now' }))
  await student.settle()
  const before = student.site.count('bookings')
  await student.pass(NOON + 5.5 * 3_600_000)
  expect(student.site.count('bookings') - before).toBe(5)
  await student.pass(at(TUESDAY, '23:00'))
  const ended = student.site.count('bookings')
  await student.pass(at(WEDNESDAY, '23:00'))
  expect(student.site.count('bookings')).toBe(ended)
  expect((await must(student.api.history())).map((entry) => entry.what)).toContain('attended')
})

test('a dry run says which slot would be booked, and books nothing', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00', { places: 7 })
  const { actionId } = await must(student.api.dryRun('d', wish))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'completed',
    dryRun: { session: 'alive', slot: { name: 'YOGA', places: 7, state: 'open' } },
  })
  expect(student.site.made).toEqual([])
})

test('paused, nothing is booked; resumed, it goes on', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  await must(student.api.pauseAll('p'))
  await student.pass(at(TUESDAY, '09:00'))
  expect(student.site.made).toEqual([])
  expect(await student.api.book({ requestKey: 'x', wish, when: 'now' })).toEqual({
    ok: false,
    refusal: 'paused',
  })
  await must(student.api.resumeAll('r'))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('"now" for a class that the site opens earlier than usual is booked now', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', '2027-05-20', '18:00', { opensAt: NOON })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('"now" for a class that is not open waits for its opening', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending', stage: 'opening' })
  expect(student.site.count('book')).toBe(0)
  await student.pass(at(TUESDAY, '00:01'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a schedule that shows a class as free before its opening does not spoil the race', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  student.site.showsFree = true
  for (let i = 0; i < 2; i++) student.site.fail('book', 'refused', { message: 'Errore 17' })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending', stage: 'opening' })
  student.site.faults.length = 0
  await student.pass(at(TUESDAY, '00:01'))
  expect(
    student.site.calls
      .filter((call) => call.step === 'book')
      .map((call) => call.at)
      .slice(1),
  ).toEqual([at(TUESDAY, '00:00')])
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a site whose clock is ahead opens earlier by ours: we stand at the start in time', async () => {
  const student = await linked()
  const opening = at(TUESDAY, '00:00')
  const wish = student.site.add('YOGA', THURSDAY, '18:00', { opensAt: opening - 60_000 })
  student.site.aheadMs = 60_000
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(opening + 60_000)
  expect(student.site.calls.filter((call) => call.step === 'book').map((call) => call.at)).toEqual([
    opening - 60_000,
  ])
  expect(student.site.made).toHaveLength(1)
})

test('a site whose clock seems ahead and is not says "not open yet": the opening is waited for', async () => {
  const student = await linked()
  const opening = at(TUESDAY, '00:00')
  const wish = student.site.add('YOGA', THURSDAY, '18:00', { opensAt: opening })
  student.site.aheadMs = 60_000
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(opening + 60_000)
  expect(student.site.calls.filter((call) => call.step === 'book').map((call) => call.at)).toEqual([
    opening - 60_000,
    opening,
  ])
  expect(student.site.made).toHaveLength(1)
})

test('how actions ended is counted for the operators, with the reason when they did not go well', async () => {
  const student = await linked()
  const yoga = student.site.add('YOGA', TUESDAY, '18:00')
  const full = student.site.add('PILATES', TUESDAY, '19:00', { places: 0 })
  const later = student.site.add('CORE', THURSDAY, '19:00')
  tally.take()
  await bindings.DB.exec('DELETE FROM metrics')
  await must(student.api.book({ requestKey: 'b', wish: yoga, when: 'now' }))
  await must(student.api.book({ requestKey: 'f', wish: full, when: 'now' }))
  const { actionId } = await must(student.api.book({ requestKey: 'w', wish: later, when: 'at-opening' }))
  await student.settle()
  await must(student.api.withdraw('x', actionId))
  const { results } = await bindings.DB.prepare('SELECT counts FROM metrics').all<{ counts: string }>()
  const counted = new Tally()
  for (const counts of [tally.take(), ...results.map((row) => JSON.parse(row.counts))])
    counted.putBack(counts)
  expect(counted.take()).toMatchObject({
    'action:book:completed': [1, 0],
    'action:book:failed:full': [1, 0],
    'action:book:cancelled:withdrawn': [1, 0],
  })
})
