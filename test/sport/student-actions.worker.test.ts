import { expect, test } from 'vitest'
import { at, must, NOON, TestStudent, THURSDAY, TUESDAY, WEDNESDAY } from './student-kit.worker.ts'

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
