import { expect, test } from 'vitest'
import { romeInstant } from '../../src/platform/time.ts'
import { dueSince } from '../../src/sport/course-store.ts'

/* The day before is found on the calendar: 24 hours back it is another one around a clock change. */

test.each([
  ['half past midnight after the clocks went forward', '2027-03-29', '00:30', '2027-03-28'],
  ['midnight after the clocks went forward', '2027-03-29', '00:00', '2027-03-28'],
  ['the night of the change itself', '2027-03-28', '03:30', '2027-03-27'],
  ['half past eleven after the clocks went back', '2026-10-25', '23:30', '2026-10-25'],
  ['the night of the change back', '2026-10-25', '02:30', '2026-10-24'],
  ['half past midnight after it', '2026-10-26', '00:30', '2026-10-25'],
  ['the first night of a year', '2027-01-01', '05:59', '2026-12-31'],
  ['six in the morning', '2027-03-29', '06:00', '2027-03-29'],
])('at %s the schedule was last due on the right day', (_, date, time, due) => {
  expect(dueSince(romeInstant(date, time))).toBe(romeInstant(due, '06:00'))
})
