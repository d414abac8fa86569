import { expect, test } from 'vitest'
import { HOUR, MINUTE } from '../../src/platform/time.ts'
import type { SiteReason } from '../../src/sport/site/site-model.ts'
import { at, credentials, must, NOON, TestStudent, THURSDAY, TUESDAY } from './student-kit.worker.ts'

const linked = () => new TestStudent(NOON).link()

/** A student with an open class, booking it now. */
async function booking(prepare: (student: TestStudent) => void) {
  const student = await linked()
  const wish = student.site.add('YOGA', TUESDAY, '18:00')
  prepare(student)
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  return { student, wish, actionId, action: () => must(student.api.action(actionId)) }
}

test('an answer lost after the booking was made: the list is asked, nothing is sent again', async () => {
  const { student, action } = await booking(({ site }) => site.fail('book', 'answer-lost', { after: true }))
  await student.settle()
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.count('book')).toBe(1)
  expect(student.site.made).toHaveLength(1)
})

test('an answer lost before the booking was made: the list is asked, then it is sent again', async () => {
  const { student, action } = await booking(({ site }) => site.fail('book', 'answer-lost'))
  await student.settle()
  expect(await action()).toMatchObject({ status: 'completed' })
  const order = student.site.calls
    .map((call) => call.step)
    .filter((step) => step === 'book' || step === 'bookings')
  expect(order.slice(-4)).toEqual(['book', 'bookings', 'book', 'bookings'])
  expect(student.site.made).toHaveLength(1)
})

test('evicted while the booking is under way: the site is asked what happened, and it is booked once', async () => {
  const { student, action } = await booking(() => undefined)
  let died = false
  student.site.onCall = async (step) => {
    if (step !== 'bookings' || died || student.site.made.length === 0) return
    died = true
    await student.evict()
  }
  await student.alarm().catch(() => undefined)
  student.site.onCall = () => undefined
  expect(died).toBe(true)
  expect(await action()).toMatchObject({ status: 'processing' })
  await student.sweep()
  await student.settle(60)
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.count('book')).toBe(1)
})

test('evicted before anything was sent: it looks at the site, then books', async () => {
  const { student, action } = await booking(() => undefined)
  let died = false
  student.site.onCall = async (step) => {
    if (step !== 'schedule' || died) return
    died = true
    await student.evict()
  }
  await student.alarm().catch(() => undefined)
  expect(died).toBe(true)
  await student.sweep()
  await student.settle(60)
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.made).toHaveLength(1)
})

test('an action that crashes the object each time fails, and is not retried for ever', async () => {
  const { student, action } = await booking(() => undefined)
  student.site.onCall = async (step) => {
    if (step === 'schedule') await student.evict()
  }
  for (let i = 0; i < 12; i++) {
    await student.alarm().catch(() => undefined)
    await student.sweep()
    student.clock.time += MINUTE
  }
  expect(await action()).toMatchObject({ status: 'failed', reason: 'internal' })
})

test('wrong credentials are tried once, and never again until new ones come', async () => {
  const student = new TestStudent(NOON)
  student.site.fail('login', 'bad-credentials', { always: true })
  const { actionId } = await must(student.api.link('l', credentials))
  await student.pass(NOON + 24 * HOUR)
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'failed',
    reason: 'bad-credentials',
  })
  expect(student.site.count('login')).toBe(1)
  expect(await must(student.api.account())).toMatchObject({ state: 'none' })
})

test('credentials that stop working block the account; new ones open it again', async () => {
  const { student, action } = await booking(({ site }) => {
    site.alive.clear()
    site.fail('login', 'bad-credentials', { always: true })
  })
  student.clock.time += 10 * MINUTE
  await student.pass(NOON + 12 * HOUR)
  expect(await action()).toMatchObject({ status: 'failed', reason: 'bad-credentials' })
  expect(student.site.count('login')).toBe(2)
  expect(await must(student.api.account())).toMatchObject({ state: 'refused', problem: 'bad-credentials' })
  student.site.faults.length = 0
  await student.link()
  expect(await must(student.api.account())).toMatchObject({ state: 'linked', problem: null })
})

test('a refused one-time password is tried with the next two codes, then the student is asked', async () => {
  const student = new TestStudent(NOON)
  student.site.fail('login', 'otp-refused', { always: true })
  const { actionId } = await must(student.api.link('l', credentials))
  await student.pass(NOON + 24 * HOUR)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason: 'otp-refused' })
  expect(student.site.count('login')).toBe(3)
})

test('an expired session is renewed by the browser', async () => {
  const { student, action } = await booking(({ site, clock }) => {
    site.alive.clear()
    clock.time += 10 * MINUTE
  })
  await student.settle()
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.count('login')).toBe(2)
})

test('a session that expires in the middle is renewed, and the booking continues', async () => {
  const { student, action } = await booking(({ site }) => site.fail('book', 'session-expired'))
  student.site.onCall = (step) => {
    if (step === 'book' && student.site.count('book') === 1) student.site.alive.clear()
  }
  await student.settle()
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.made).toHaveLength(1)
})

test('an expired pasted session is reported once, with the way to renew it', async () => {
  const student = new TestStudent(NOON)
  student.site.alive.add('pasted')
  const { actionId } = await must(student.api.linkSession('s', { id: 'pasted' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
  expect(await must(student.api.account())).toMatchObject({ state: 'linked', means: 'session' })
  student.site.alive.clear()
  student.clock.time += 10 * MINUTE
  for (const name of ['YOGA', 'BOXE']) {
    const wish = student.site.add(name, TUESDAY, '18:00')
    await must(student.api.book({ requestKey: name, wish, when: 'now' }))
  }
  await student.settle()
  expect(student.site.count('login')).toBe(0)
  expect((await student.texts()).filter((text) => text.startsWith('🔑'))).toHaveLength(1)
  expect((await must(student.api.lastActions(2))).map((action) => action.reason)).toEqual([
    'session-needed',
    'session-needed',
  ])
  expect(await must(student.api.account())).toMatchObject({ state: 'session-dead' })
})

/** A student whose pasted session expires while the answer to a booking is lost. */
async function leftInDoubt({ made }: { made: boolean }) {
  const student = new TestStudent(NOON)
  student.site.alive.add('pasted')
  await must(student.api.linkSession('s', { id: 'pasted' }))
  await student.settle()
  const wish = student.site.add('YOGA', THURSDAY, '18:00', { opensAt: NOON })
  student.site.showsFree = true
  student.site.fail('book', 'answer-lost', { after: made })
  student.site.onCall = (step) => {
    if (step === 'book') student.clock.time += 5 * MINUTE
    if (step === 'bookings') student.site.alive.clear()
  }
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now' }))
  await student.settle(60)
  student.site.onCall = () => undefined
  return { student, action: () => must(student.api.action(actionId)) }
}

test('a booking whose answer and session were both lost is not said to have failed: the next session looks for it', async () => {
  const { student, action } = await leftInDoubt({ made: true })
  expect(await action()).toMatchObject({ status: 'pending', stage: 'verifying', reason: 'session-needed' })
  expect((await student.texts()).filter((text) => text.startsWith('🔑'))).toHaveLength(1)
  student.site.alive.add('fresh')
  await must(student.api.linkSession('f', { id: 'fresh' }))
  await student.settle()
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.count('book')).toBe(1)
})

test('such a booking that the list then does not show has failed, for the reason of then', async () => {
  const { student, action } = await leftInDoubt({ made: false })
  student.site.alive.add('fresh')
  await must(student.api.linkSession('f', { id: 'fresh' }))
  await student.settle()
  expect(await action()).toMatchObject({ status: 'failed', reason: 'session-needed' })
  expect(student.site.count('book')).toBe(1)
})

test('such a booking ends when its class begins', async () => {
  const { student, action } = await leftInDoubt({ made: true })
  await student.pass(at(THURSDAY, '17:00'))
  expect(await action()).toMatchObject({ status: 'pending' })
  await student.pass(at(THURSDAY, '18:00'))
  expect(await action()).toMatchObject({ status: 'failed', reason: 'session-needed' })
})

test('a dead session handed in is refused and leaves the account as it was', async () => {
  const student = await linked()
  const { actionId } = await must(student.api.linkSession('s', { id: 'stale' }))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'failed',
    reason: 'session-expired',
  })
  expect(await must(student.api.account())).toMatchObject({ state: 'linked', means: 'credentials' })
  expect(student.site.count('login')).toBe(1)
})

test('a browser that is busy is waited for without failing the action', async () => {
  const student = new TestStudent(NOON)
  for (let i = 0; i < 6; i++) student.site.fail('login', 'browser-busy')
  const { actionId } = await must(student.api.link('l', credentials))
  await student.settle(180)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a site that is down is tried again, and the action says when', async () => {
  const { student, action } = await booking(({ site }) => {
    for (let i = 0; i < 3; i++) site.fail('schedule', 'site-down')
  })
  await student.settle(1)
  expect(await action()).toMatchObject({ status: 'pending', stage: 'retrying', reason: 'site-down' })
  await student.settle(120)
  expect(await action()).toMatchObject({ status: 'completed', reason: null })
})

test('a booking refused in an unknown way is clicked through the page, after a look at the list', async () => {
  const { student, action } = await booking(({ site }) =>
    site.fail('book', 'refused', { message: 'Errore 17' }),
  )
  await student.settle()
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.count('bookInPage')).toBe(1)
})

test('rejected in the page too, without a reason that we know: told within a minute, tried while it is free', async () => {
  const { student, action } = await booking(({ site }) => {
    site.fail('book', 'refused', { message: 'Errore 17', always: true })
    site.fail('bookInPage', 'refused', { message: 'Errore 17', always: true })
  })
  await student.settle(60)
  expect(await action()).toMatchObject({ status: 'pending', reason: 'refused', message: 'Errore 17' })
  expect(await student.texts()).toContainEqual(expect.stringContaining('«Errore 17»'))
  student.site.faults.length = 0
  await student.settle(1200)
  expect(await action()).toMatchObject({ status: 'completed' })
})

test('rejected without a reason that we know until it is of no use any more: failed, with the words of the site', async () => {
  const { student, action } = await booking(({ site }) => {
    site.fail('book', 'refused', { message: 'Errore 17', always: true })
    site.fail('bookInPage', 'refused', { message: 'Errore 17', always: true })
  })
  await student.pass(at(TUESDAY, '18:00'))
  expect(await action()).toMatchObject({ status: 'failed', reason: 'refused', message: 'Errore 17' })
})

test.each<SiteReason>(['no-subscription', 'certificate-expired', 'over-limit'])(
  '%s is told at once: no alternative would help',
  async (reason) => {
    const student = await linked()
    const wish = student.site.add('YOGA', TUESDAY, '18:00')
    const other = student.site.add('BOXE', TUESDAY, '19:00')
    student.site.fail('book', reason, { always: true })
    const request = { requestKey: 'b', wish, alternatives: [other], when: 'now' as const }
    const { actionId } = await must(student.api.book(request))
    await student.pass(NOON + HOUR)
    expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason })
    expect(student.site.count('book')).toBe(1)
  },
)

test('an OK that the list does not show is not called a booking, and not sent twice', async () => {
  const { student, action } = await booking(({ site }) => {
    site.onCall = (step) => {
      if (step === 'bookings') site.booked = []
    }
  })
  await student.settle(600)
  expect(await action()).toMatchObject({ status: 'failed', reason: 'not-listed' })
  expect(student.site.count('book')).toBe(1)
})

test('a booking that shows in the list only after it was said to have failed is taken over and told', async () => {
  let hidden: TestStudent['site']['booked'] = []
  const { student, wish, action } = await booking(({ site }) => {
    site.onCall = (step) => {
      if (step !== 'bookings' || site.booked.length === 0) return
      hidden = site.booked
      site.booked = []
    }
  })
  await student.settle(100)
  expect(await action()).toMatchObject({ status: 'failed', reason: 'not-listed' })
  student.site.onCall = () => undefined
  student.site.booked = hidden
  await student.settle(3 * 3600)
  expect(await must(student.api.bookings())).toMatchObject([{ date: wish.date, start: wish.start }])
  expect((await student.texts()).filter((text) => text.includes('è comparsa più tardi'))).toHaveLength(1)
  expect(student.site.count('book')).toBe(1)
})

test('a list that lags behind is waited for', async () => {
  const { student, action } = await booking(({ site }) => {
    const lists: (typeof site.booked)[] = []
    site.onCall = (step) => {
      if (step === 'bookings' && site.made.length > 0 && lists.length < 2) {
        lists.push(site.booked)
        site.booked = []
      } else if (lists[0] && site.booked.length === 0) site.booked = lists[0]
    }
  })
  await student.settle(60)
  expect(await action()).toMatchObject({ status: 'completed' })
  expect(student.site.count('book')).toBe(1)
})

test('before an opening the student is warned that the session will not do', async () => {
  const student = new TestStudent(NOON)
  student.site.alive.add('pasted')
  await must(student.api.linkSession('s', { id: 'pasted' }))
  await student.settle()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  student.site.alive.clear()
  await student.pass(at('2027-05-10', '19:59'))
  expect(await student.texts()).not.toContainEqual(expect.stringContaining('non riuscirei a prenotare'))
  await student.pass(at('2027-05-10', '20:30'))
  const warnings = (await student.texts()).filter((text) => text.includes('non riuscirei a prenotare'))
  expect(warnings).toHaveLength(1)
  expect(warnings[0]).toContain('/sessione_sport')
})

test('at the opening: the session is renewed and the class found before, the rest is one request', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(at('2027-05-10', '23:00'))
  student.site.alive.clear()
  await student.pass(at(TUESDAY, '00:01'))
  const late = student.site.calls.filter((call) => call.at >= at('2027-05-10', '23:30'))
  expect(late.map((call) => call.step)).toEqual(['bookings', 'login', 'schedule', 'book', 'bookings'])
  expect(late.find((call) => call.step === 'schedule')?.at).toBe(at(TUESDAY, '00:00') - 90_000)
  expect(late.find((call) => call.step === 'book')?.at).toBe(at(TUESDAY, '00:00'))
})

test('full at the opening: the alternative is taken', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00', { places: 0 })
  const other = student.site.add('BOXE', THURSDAY, '19:00')
  const request = { requestKey: 'b', wish, alternatives: [other], when: 'at-opening' as const }
  const { actionId } = await must(student.api.book(request))
  await student.pass(at(TUESDAY, '00:01'))
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'completed',
    booking: { name: 'BOXE' },
  })
  expect(await student.texts()).toContainEqual(expect.stringContaining('Ho preso la tua alternativa'))
})

test('a class that was taken off the schedule: said so after the opening', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.settle()
  student.site.classes.length = 0
  await student.pass(at(TUESDAY, '01:00'))
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'failed', reason: 'class-gone' })
})

test('a site whose clock is late answers "not open yet" after the opening: tried again in the same minute', async () => {
  const student = await linked()
  const opening = at(TUESDAY, '00:00')
  const wish = student.site.add('YOGA', THURSDAY, '18:00', { opensAt: opening + 20_000 })
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(opening + MINUTE)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('nothing that can wait is under way when the race begins', async () => {
  const student = await linked()
  const booked = student.site.add('BOXE', '2027-05-12', '10:00')
  await must(student.api.book({ requestKey: 'a', wish: booked, when: 'now' }))
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(at('2027-05-10', '23:57'))
  await must(student.api.check('c'))
  student.clock.time = at('2027-05-10', '23:58')
  await must(student.api.check('d'))
  await student.pass(at(TUESDAY, '00:00'))
  const calls = student.site.calls.filter((call) => call.at >= at('2027-05-10', '23:58'))
  // The race tries its session 90 s before; the two checks wait.
  const lists = calls.filter((call) => call.step === 'bookings' && call.at < at(TUESDAY, '00:00'))
  expect(lists.map((call) => call.at)).toEqual([at(TUESDAY, '00:00') - 90_000])
  await student.pass(at(TUESDAY, '00:03'))
  expect((await must(student.api.lastActions(2))).map((action) => action.status)).toEqual([
    'completed',
    'completed',
  ])
})

test('a watch outlives a site that is down for hours', async () => {
  const student = await linked()
  const wish = student.site.add('YOGA', '2027-05-12', '18:00', { places: 0 })
  const watchUntil = at('2027-05-12', '12:00')
  const { actionId } = await must(student.api.book({ requestKey: 'b', wish, when: 'now', watchUntil }))
  await student.settle()
  student.site.fail('schedule', 'site-down', { always: true })
  student.site.fail('bookings', 'site-down', { always: true })
  await student.pass(NOON + 6 * HOUR)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'pending' })
  student.site.faults.length = 0
  student.site.find(wish).places = 1
  await student.pass(NOON + 7 * HOUR)
  expect(await must(student.api.action(actionId))).toMatchObject({ status: 'completed' })
})

test('a site that is down during the preparation does not make us miss the opening', async () => {
  const student = await linked()
  const opening = at(TUESDAY, '00:00')
  const wish = student.site.add('YOGA', THURSDAY, '18:00')
  await must(student.api.book({ requestKey: 'b', wish, when: 'at-opening' }))
  await student.pass(at('2027-05-10', '23:00'))
  student.site.fail('bookings', 'site-down', { always: true })
  await student.pass(opening - 30_000)
  student.site.faults.length = 0
  await student.pass(opening + MINUTE)
  expect(student.site.calls.filter((call) => call.step === 'book').map((call) => call.at)).toEqual([opening])
})

test('credentials that no key opens any more: the student is asked to link again', async () => {
  const student = await linked()
  student.site.alive.clear()
  student.clock.time += 10 * MINUTE
  await student.rows(`UPDATE account SET credentials = 'other.key.value'`)
  await student.rows(`UPDATE session SET cookies = 'other.key.value'`)
  const { actionId } = await must(student.api.check('c'))
  await student.settle()
  expect(await must(student.api.action(actionId))).toMatchObject({
    status: 'failed',
    reason: 'session-needed',
  })
  expect((await student.texts()).filter((text) => text.startsWith('🔑'))).toHaveLength(1)
})

test('a withdrawn link leaves no trace of the credentials', async () => {
  const student = new TestStudent(NOON)
  const { actionId } = await must(student.api.link('l', credentials))
  await must(student.api.withdraw('w', actionId))
  await student.settle()
  expect(student.site.count('login')).toBe(0)
  expect(await student.rows('SELECT * FROM candidates')).toEqual([])
  expect((await must(student.api.account())).state).toBe('none')
})
