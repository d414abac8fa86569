import { expect, test } from 'vitest'
import { HOUR } from '../../src/platform/time.ts'
import { canWait, stepsAfter } from '../../src/sport/next-steps.ts'
import { startsAt } from '../../src/sport/opening.ts'
import type { ActionView } from '../../src/sport/student-types.ts'
import { settledMessage } from '../../src/sport/wording.ts'
import { textsIn } from '../../src/texts/index.ts'

const yoga = {
  type: 'course',
  name: 'YOGA',
  location: 'Giuriati',
  date: '2026-12-03',
  start: '18:00',
} as const

/** A booking that failed so long (ms) before the class begins. */
const failed = (reason: ActionView['reason'], before: number) =>
  ({
    kind: 'book',
    status: 'failed',
    reason,
    wishes: [yoga],
    booking: null,
    completedAt: startsAt(yoga) - before,
  }) as unknown as ActionView

test.each([
  ['full', 5 * HOUR, true],
  ['full', HOUR + 1, true],
  ['full', HOUR, false],
  ['watch-ended', 12 * HOUR, true],
  ['watch-ended', HOUR, false],
  ['watch-ended', -HOUR, false],
  ['overlap', 5 * HOUR, false],
] as const)(
  'after %s, %i ms before the class, waiting for a place is offered: %s',
  (reason, before, offered) => {
    const action = failed(reason, before)
    expect(canWait(action)).toBe(offered)
    expect(stepsAfter(action).flat().includes('wait')).toBe(offered)
  },
)

const settled = ['confirmed', 'skipped', 'lapsed', 'void'] as const
const bookings = ['active', 'cancelled', 'gone', 'past', null] as const

test.each(['it', 'en'] as const)('no answered question leads nowhere (%s)', (language) => {
  const texts = textsIn(language)
  for (const kind of ['keep', 'book'] as const)
    for (const status of settled)
      for (const booking of bookings) {
        const question = { id: 1, kind, weeklyId: 1, status, target: yoga, askAt: 1, deadline: 2 }
        const labels = settledMessage(texts, question, booking)
          .keyboard?.flat()
          .map(({ text }) => text)
        expect(labels).toContain(texts.sport.next.mine)
      }
})
