import { expect, test } from 'vitest'
import { addDays, HOUR, romeTime } from '../../src/platform/time.ts'
import { opensAt } from '../../src/sport/opening.ts'
import type { WeeklyDraft, WeeklyPolicy } from '../../src/sport/student-types.ts'
import { at, must, NOON, TestStudent, THURSDAY, TUESDAY } from './student-kit.worker.ts'

const NEXT = addDays(THURSDAY, 7)

/** A student with a Thursday YOGA every week, on the site for four weeks. */
async function weekly(policy: WeeklyPolicy, more: Partial<WeeklyDraft> = {}) {
  const student = await new TestStudent(NOON).link()
  for (let week = 0; week < 4; week++) student.site.add('YOGA', addDays(THURSDAY, week * 7), '18:00')
  const draft = {
    type: 'course',
    name: 'YOGA',
    location: 'Giuriati',
    dayOfWeek: 4,
    start: '18:00',
    policy,
  } as const
  const { id } = await must(student.api.createWeekly('w', { ...draft, ...more }))
  await student.settle()
  return { student, id, api: student.api, site: student.site }
}

const YOGA = `${THURSDAY} 18:00 YOGA`

test('book, then confirm: booked at the opening, asked six hours before, kept on a yes', async () => {
  const { student, api, site } = await weekly('book-then-confirm')
  await student.pass(at(TUESDAY, '00:01'))
  expect(site.made).toEqual([YOGA])
  const [booking] = await must(api.bookings())
  expect(booking?.confirmation).toMatchObject({
    status: 'scheduled',
    askAt: at(THURSDAY, '12:00'),
    deadline: at(THURSDAY, '16:00'),
  })
  await student.pass(at(THURSDAY, '12:01'))
  const question = (await must(api.bookings()))[0]?.confirmation
  expect(question?.status).toBe('asked')
  expect(await student.texts()).toContainEqual(
    expect.stringContaining('Rispondi entro giovedì 13 maggio, ore 16:00'),
  )
  expect(await must(api.confirm(question?.id ?? 0))).toMatchObject({ status: 'confirmed' })
  expect(await must(api.confirm(question?.id ?? 0))).toMatchObject({ status: 'confirmed' })
  expect(await api.skip(question?.id ?? 0)).toEqual({ ok: false, refusal: 'too-late' })
  await student.pass(at(THURSDAY, '19:30'))
  expect(site.cancelled).toEqual([])
  expect((await student.texts()).at(-1)).toContain('Confermata')
})

test('book, then confirm: skipped, the real booking is cancelled', async () => {
  const { student, api, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '12:01'))
  const question = (await must(api.bookings()))[0]?.confirmation
  await must(api.skip(question?.id ?? 0))
  await must(api.skip(question?.id ?? 0))
  await student.settle()
  expect(site.cancelled).toEqual([YOGA])
  expect((await student.texts()).at(-1)).toContain('Ho restituito il posto')
  expect((await must(api.upcoming(1)))[0]).toMatchObject({ date: THURSDAY, state: 'released' })
})

test('book, then confirm: silence gives the place back, and the message is edited', async () => {
  const { student, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '15:59'))
  expect(site.cancelled).toEqual([])
  await student.pass(at(THURSDAY, '16:01'))
  expect(site.cancelled).toEqual([YOGA])
  const edits = (await student.messages()).filter((message) => message.type === 'edit')
  expect(edits.at(-1)).toMatchObject({
    target: { event: expect.stringMatching(/^sport:\d+:confirm:\d+$/) },
    text: expect.stringContaining('Ho restituito il posto'),
  })
  await student.pass(at(addDays(NEXT, -2), '00:01'))
  expect(site.made).toEqual([YOGA, `${NEXT} 18:00 YOGA`])
})

test.each(['book-then-confirm', 'no-confirmation'] as const)(
  'a class skipped before anything was asked is given back, and that is told once (%s)',
  async (policy) => {
    const { student, id, site } = await weekly(policy)
    await student.pass(at(TUESDAY, '09:00'))
    await must(student.api.skipUntil('s', id, NEXT))
    await student.settle()
    expect(site.cancelled).toEqual([YOGA])
    const told = (await student.texts()).filter((text) => text.includes('Ho restituito il posto: YOGA'))
    expect(told).toHaveLength(1)
  },
)

test('a class skipped while its question is open is told in the question alone', async () => {
  const { student, id, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '12:01'))
  await must(student.api.skipUntil('s', id, NEXT))
  await student.settle()
  expect(site.cancelled).toEqual([YOGA])
  const told = (await student.messages()).filter(
    (message) => 'text' in message && String(message.text).includes('Ho restituito il posto'),
  )
  expect(told.map(({ type }) => type)).toEqual(['edit'])
})

test('a booking that cannot be cancelled is reported', async () => {
  const { student, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '15:00'))
  site.fail('cancelInPage', 'markup-changed', { always: true })
  await student.pass(at(THURSDAY, '17:00'))
  expect(await student.texts()).toContainEqual(expect.stringContaining('risulta ancora prenotata'))
})

test('an alarm an hour late moves the deadline: nobody loses a place unasked', async () => {
  const { student, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '11:00'))
  student.clock.time = at(THURSDAY, '16:30')
  await student.settle(5)
  expect(site.cancelled).toEqual([])
  expect(await student.texts()).toContainEqual(expect.stringContaining('ore 17:00'))
  await student.pass(at(THURSDAY, '17:05'))
  expect(site.cancelled).toEqual([YOGA])
})

test('ask, then book: asked one hour before, booked on a yes', async () => {
  const { student, api, site } = await weekly('ask-then-book')
  await student.pass(at(THURSDAY, '16:59'))
  expect(site.made).toEqual([])
  expect(await student.texts()).not.toContainEqual(expect.stringContaining('La prenoto?'))
  await student.pass(at(THURSDAY, '17:01'))
  expect(await student.texts()).toContainEqual(expect.stringContaining('La prenoto? Rispondi entro le 17:45'))
  const [question] = await student.rows<{ id: number }>(`SELECT id FROM confirmations WHERE status = 'asked'`)
  await must(api.confirm(question?.id ?? 0))
  await must(api.confirm(question?.id ?? 0))
  await student.settle()
  expect(site.made).toEqual([YOGA])
  await student.pass(at(THURSDAY, '20:00'))
  expect(site.cancelled).toEqual([])
})

test.each(['silence', 'skip'])('ask, then book: %s books nothing', async (answer) => {
  const { student, api, site } = await weekly('ask-then-book')
  await student.pass(at(THURSDAY, '17:01'))
  const [question] = await student.rows<{ id: number }>(`SELECT id FROM confirmations WHERE status = 'asked'`)
  if (answer === 'skip') await must(api.skip(question?.id ?? 0))
  await student.pass(at(THURSDAY, '18:30'))
  expect(site.made).toEqual([])
  expect((await must(api.history())).filter((entry) => entry.what === 'skipped')).toHaveLength(1)
  if (answer === 'silence')
    expect(await api.confirm(question?.id ?? 0)).toEqual({ ok: false, refusal: 'too-late' })
})

test('without confirmation: booked each week, once, never asked', async () => {
  const { student, site } = await weekly('no-confirmation')
  await student.pass(at(addDays(THURSDAY, 14), '12:00'))
  expect(site.made).toEqual([0, 7, 14].map((days) => `${addDays(THURSDAY, days)} 18:00 YOGA`))
  expect(site.cancelled).toEqual([])
  expect(await student.rows('SELECT id FROM confirmations')).toEqual([])
})

test('repeated alarms and evictions do not book an occurrence twice', async () => {
  const { student, site } = await weekly('no-confirmation')
  for (const time of ['12:30', '18:00', '23:58', '23:59']) {
    await student.pass(at('2027-05-10', time))
    await student.evict()
    await student.sweep()
    await student.alarm()
    await student.alarm()
  }
  await student.pass(at(THURSDAY, '09:00'))
  expect(site.made).toEqual([YOGA])
  expect(await student.rows(`SELECT id FROM actions WHERE kind = 'book'`)).toHaveLength(1)
})

test('skip the next: not booked, the one after is; repeated with the same key it skips one only', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  await must(api.skipNext('s', id))
  await must(api.skipNext('s', id))
  const ahead = await must(api.upcoming(3))
  expect(ahead.map(({ date, state }) => [date, state])).toEqual([
    [THURSDAY, 'skipped'],
    [NEXT, 'planned'],
    [addDays(NEXT, 7), 'planned'],
  ])
  await student.pass(at(NEXT, '09:00'))
  expect(site.made).toEqual([`${NEXT} 18:00 YOGA`])
})

test('skipping an occurrence already booked gives its place back', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  await student.pass(at(TUESDAY, '09:00'))
  await must(api.skipNext('s', id))
  await student.settle()
  expect(site.cancelled).toEqual([YOGA])
})

test('skip until a date: nothing before it', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  const from = addDays(THURSDAY, 14)
  expect(await must(api.skipUntil('s', id, from))).toMatchObject({ skipUntil: from, next: { date: from } })
  await student.pass(at(from, '09:00'))
  expect(site.made).toEqual([`${from} 18:00 YOGA`])
  expect(await api.skipUntil('t', id, '2027-13-01')).toEqual({ ok: false, refusal: 'invalid' })
})

test('a skip can be undone, for the next occurrence and until a day', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  await must(api.skipUntil('s', id, addDays(THURSDAY, 14)))
  await student.settle()
  expect(await must(api.resumeWeekly('r', id))).toMatchObject({ skipUntil: null, next: { date: THURSDAY } })
  await must(api.skipNext('s2', id))
  await student.settle()
  await must(api.resumeWeekly('r2', id))
  await student.pass(at(TUESDAY, '09:00'))
  expect(site.made).toEqual([YOGA])
})

test.each(['book-then-confirm', 'no-confirmation'] as const)(
  'a class that a skip cancelled is not booked again when the skip is undone, as the chat says (%s)',
  async (policy) => {
    const { student, api, id, site } = await weekly(policy)
    await student.pass(at(TUESDAY, '09:00'))
    await must(api.skipNext('s', id))
    await student.settle()
    await must(api.resumeWeekly('r', id))
    await student.pass(at(THURSDAY, '20:00'))
    expect([site.made, site.cancelled]).toEqual([[YOGA], [YOGA]])
  },
)

test.each([true, false])(
  'a class that is skipped while its booking is being sent is booked once; undone at once it stays, later it does not (%s)',
  async (atOnce) => {
    const { student, api, id, site } = await weekly('book-then-confirm')
    let isSent = false
    site.onCall = async (step) => {
      if (step !== 'book' || isSent) return
      isSent = true
      await must(student.api.skipNext('s', id))
      if (atOnce) await must(student.api.resumeWeekly('r', id))
    }
    await student.pass(at(TUESDAY, '09:00'))
    if (!atOnce) await must(api.resumeWeekly('r', id))
    await student.pass(at(THURSDAY, '12:01'))
    expect([site.made, site.cancelled]).toEqual([[YOGA], atOnce ? [] : [YOGA]])
    expect((await student.texts()).filter((text) => text.includes('Prenotato'))).toHaveLength(1)
    expect((await must(api.upcoming(1)))[0]).toMatchObject({
      date: THURSDAY,
      state: atOnce ? 'asked' : 'skipped',
    })
  },
)

test('a class about which nothing was asked yet is asked about again when its skip is undone', async () => {
  const { student, api, id } = await weekly('ask-then-book')
  await student.pass(at(THURSDAY, '10:00'))
  expect(await student.rows('SELECT status FROM confirmations')).toEqual([{ status: 'scheduled' }])
  await must(api.skipNext('s', id))
  await student.settle()
  await must(api.resumeWeekly('r', id))
  await student.pass(at(THURSDAY, '17:01'))
  const states = async () => (await must(api.upcoming(1)))[0]
  expect(await states()).toMatchObject({ date: THURSDAY, state: 'asked' })
  await must(api.skipNext('s2', id))
  await must(api.resumeWeekly('r2', id))
  await student.settle()
  expect(await states()).toMatchObject({ date: THURSDAY, state: 'skipped' })
})

test('ending a pause does not bring back a class that was skipped by itself', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  await must(api.skipNext('s', id))
  await must(api.pauseWeekly('p', id))
  await student.settle()
  await must(api.resumeWeekly('r', id))
  await student.pass(at(TUESDAY, '09:00'))
  expect(site.made).toEqual([])
})

test('a paused one books nothing; a resumed one continues', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  expect(await must(api.pauseWeekly('p', id))).toMatchObject({ paused: true, next: null })
  await student.pass(at(THURSDAY, '20:00'))
  expect(site.made).toEqual([])
  expect(await must(api.resumeWeekly('r', id))).toMatchObject({ paused: false, next: { date: NEXT } })
  await student.pass(at(NEXT, '09:00'))
  expect(site.made).toEqual([`${NEXT} 18:00 YOGA`])
})

test('paused and resumed before the opening, it is still booked', async () => {
  const { student, api, id, site } = await weekly('no-confirmation')
  await must(api.pauseWeekly('p', id))
  await student.settle()
  await must(api.resumeWeekly('r', id))
  await student.pass(at(TUESDAY, '00:01'))
  expect(site.made).toEqual([YOGA])
})

test('after removal, existing bookings stay and no new ones follow', async () => {
  const { student, api, id, site } = await weekly('book-then-confirm')
  await student.pass(at(TUESDAY, '09:00'))
  await must(api.removeWeekly('d', id))
  await student.pass(at(NEXT, '09:00'))
  expect(site.made).toEqual([YOGA])
  expect(site.cancelled).toEqual([])
  expect(await must(api.weekly())).toEqual([])
})

test('alternatives and the watch of a weekly booking are used', async () => {
  const { student, site, api } = await weekly('book-then-confirm', {
    alternatives: [{ type: 'course', name: 'BOXE', location: 'Giuriati', start: '20:00' }],
    watchHoursBefore: 3,
  })
  site.find({ date: THURSDAY, start: '18:00', name: 'YOGA' }).places = 0
  site.add('BOXE', THURSDAY, '20:00', { places: 0 })
  await student.pass(at(TUESDAY, '10:00'))
  expect(await must(api.lastActions(1))).toMatchObject([
    { stage: 'watching', watchUntil: at(THURSDAY, '15:00') },
  ])
  site.find({ date: THURSDAY, start: '20:00', name: 'BOXE' }).places = 1
  await student.pass(at(TUESDAY, '10:20'))
  const [booking] = await must(api.bookings())
  expect(booking).toMatchObject({ name: 'BOXE', confirmation: { askAt: at(THURSDAY, '14:00') } })
})

test('how early to ask is a preference, and moves questions that were not asked yet', async () => {
  const { student, api } = await weekly('book-then-confirm')
  await student.pass(at(TUESDAY, '00:01'))
  await must(api.setPreferences({ confirmHours: 9, deadlineHours: 4 }))
  expect((await must(api.bookings()))[0]?.confirmation).toMatchObject({
    askAt: at(THURSDAY, '09:00'),
    deadline: at(THURSDAY, '14:00'),
  })
  expect(await api.setPreferences({ confirmHours: 2, deadlineHours: 3 })).toEqual({
    ok: false,
    refusal: 'invalid',
  })
})

test.each([
  ['March', '2027-03-28', '2027-03-26'],
  ['October', '2027-10-31', '2027-10-29'],
])(
  'over the clock change of %s the class is booked at its midnight and asked at its hour',
  async (_month, sunday, opening) => {
    const student = await new TestStudent(at(addDays(sunday, -4), '12:00')).link()
    const monday = addDays(sunday, 1)
    student.site.add('YOGA', sunday, '18:00')
    student.site.add('BOXE', monday, '18:00')
    for (const [name, dayOfWeek] of [
      ['YOGA', 7],
      ['BOXE', 1],
    ] as const) {
      const draft = {
        type: 'course',
        name,
        location: '',
        dayOfWeek,
        start: '18:00',
        policy: 'book-then-confirm',
      } as const
      await must(student.api.createWeekly(name, draft))
    }
    await student.pass(at(monday, '13:00'))
    expect(student.site.calls.filter((call) => call.step === 'book').map((call) => call.at)).toEqual([
      opensAt(sunday),
      opensAt(monday),
    ])
    expect(opensAt(sunday)).toBe(at(opening, '00:00'))
    const asked = await student.rows<{ ask_at: number }>('SELECT ask_at FROM confirmations ORDER BY ask_at')
    expect(asked.map(({ ask_at }) => romeTime(ask_at))).toEqual(['12:00', '12:00'])
    expect(asked.map(({ ask_at }, index) => at([sunday, monday][index] ?? '', '18:00') - ask_at)).toEqual([
      6 * HOUR,
      6 * HOUR,
    ])
  },
)

test('two weekly bookings that open at the same midnight are both made', async () => {
  const { student, api, site } = await weekly('no-confirmation')
  site.add('BOXE', THURSDAY, '20:00')
  const draft = {
    type: 'course',
    name: 'BOXE',
    location: '',
    dayOfWeek: 4,
    start: '20:00',
    policy: 'no-confirmation',
  } as const
  await must(api.createWeekly('x', draft))
  await student.pass(at(TUESDAY, '00:01'))
  expect(site.made).toEqual([YOGA, `${THURSDAY} 20:00 BOXE`])
})

test('several weeks ahead are shown', async () => {
  const { api } = await weekly('book-then-confirm')
  const ahead = await must(api.upcoming(4))
  expect(ahead.map(({ date }) => date)).toEqual([0, 7, 14, 21].map((days) => addDays(THURSDAY, days)))
  expect(ahead[1]).toMatchObject({ state: 'planned', opensAt: opensAt(NEXT), askAt: at(NEXT, '12:00') })
})

test('without an account there are no weekly bookings; unlinked they rest, linked again they go on', async () => {
  const stranger = new TestStudent(NOON)
  const draft = {
    type: 'course',
    name: 'YOGA',
    location: '',
    dayOfWeek: 4,
    start: '18:00',
    policy: 'no-confirmation',
  } as const
  expect(await stranger.api.createWeekly('w', draft)).toEqual({ ok: false, refusal: 'not-linked' })
  const { student, api, site } = await weekly('no-confirmation')
  await must(api.unlink('u'))
  await student.pass(at(THURSDAY, '20:00'))
  expect(site.made).toEqual([])
  expect(await student.texts()).not.toContainEqual(expect.stringContaining('Non prenotato'))
  await student.link()
  await student.pass(at(NEXT, '09:00'))
  expect(site.made).toEqual([`${NEXT} 18:00 YOGA`])
})

test('skipped in the very moment of its booking: it is booked, and given back at once', async () => {
  const { student, id, site } = await weekly('no-confirmation')
  let skipped = false
  site.onCall = async (step) => {
    if (step !== 'book' || skipped) return
    skipped = true
    // A stub of this very moment: the object cannot use one that the test made.
    await must(student.api.skipNext('s', id))
  }
  await student.pass(at(TUESDAY, '00:05'))
  expect(site.made).toEqual([YOGA])
  expect(site.cancelled).toEqual([YOGA])
})

test('cancelled by hand, an occurrence counts as given back and is not booked again', async () => {
  const { student, api, site } = await weekly('book-then-confirm')
  await student.pass(at(TUESDAY, '09:00'))
  const [booking] = await must(api.bookings())
  await must(api.cancel('c', booking?.id ?? 0))
  await student.pass(at(THURSDAY, '15:00'))
  expect((await must(api.upcoming(1)))[0]).toMatchObject({ date: THURSDAY, state: 'released' })
  expect(site.made).toEqual([YOGA])
  expect(await student.texts()).not.toContainEqual(expect.stringContaining('ci vai?'))
})

/* A pause cancels nothing. */

const pauses = {
  everything: ({ api }: TestStudent) => must(api.pauseAll('pause')),
  'the weekly booking': ({ api }: TestStudent, id: number) => must(api.pauseWeekly('pause', id)),
}
const kinds = Object.keys(pauses) as (keyof typeof pauses)[]

test.each(kinds)('with %s paused, a question that nobody answers leaves the booking alone', async (what) => {
  const { student, id, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '12:01'))
  await pauses[what](student, id)
  await student.pass(at(THURSDAY, '19:30'))
  expect(site.cancelled).toEqual([])
  expect((await student.texts()).at(-1)).toContain('resta prenotata')
})

test.each(kinds)('with %s paused, nothing is asked; afterwards it is, while there is time', async (what) => {
  const { student, api, id, site } = await weekly('book-then-confirm')
  await student.pass(at(TUESDAY, '09:00'))
  await pauses[what](student, id)
  await student.pass(at(THURSDAY, '14:00'))
  expect(await student.texts()).not.toContainEqual(expect.stringContaining('ci vai?'))
  await must(what === 'everything' ? api.resumeAll('r') : api.resumeWeekly('r', id))
  await student.settle()
  expect(await student.texts()).toContainEqual(expect.stringContaining('ci vai?'))
  await student.pass(at(THURSDAY, '16:01'))
  expect(site.cancelled).toEqual([YOGA])
})

test('paused between the deadline and the cancellation, the booking stays', async () => {
  const { student, api, site } = await weekly('book-then-confirm')
  await student.pass(at(THURSDAY, '15:59'))
  site.fail('bookings', 'site-down', { always: true })
  await student.pass(at(THURSDAY, '16:01'))
  await must(api.pauseAll('pause'))
  site.faults.length = 0
  await student.pass(at(THURSDAY, '19:30'))
  expect(site.cancelled).toEqual([])
})

/* Ask, then book: what the person chose for a full class holds as well. */

test('ask, then book: a full class leads to the alternative', async () => {
  const { student, api, site } = await weekly('ask-then-book', {
    alternatives: [{ type: 'course', name: 'BOXE', location: 'Giuriati', start: '20:00' }],
  })
  site.find({ date: THURSDAY, start: '18:00', name: 'YOGA' }).places = 0
  site.add('BOXE', THURSDAY, '20:00')
  await student.pass(at(THURSDAY, '17:01'))
  const [question] = await student.rows<{ id: number }>(`SELECT id FROM confirmations WHERE status = 'asked'`)
  await must(api.confirm(question?.id ?? 0))
  await student.settle()
  expect(site.made).toEqual([`${THURSDAY} 20:00 BOXE`])
})

test('ask, then book: a full class is watched, and asked about before the watch would end', async () => {
  const { student, api, site } = await weekly('ask-then-book', { watchHoursBefore: 2 })
  site.find({ date: THURSDAY, start: '18:00', name: 'YOGA' }).places = 0
  await student.pass(at(THURSDAY, '15:01'))
  const [question] = await student.rows<{ id: number }>(`SELECT id FROM confirmations WHERE status = 'asked'`)
  await must(api.confirm(question?.id ?? 0))
  await student.settle()
  expect(await must(api.lastActions(1))).toMatchObject([
    { stage: 'watching', watchUntil: at(THURSDAY, '16:00') },
  ])
  site.find({ date: THURSDAY, start: '18:00', name: 'YOGA' }).places = 1
  await student.pass(at(THURSDAY, '15:20'))
  expect(site.made).toEqual([YOGA])
})
