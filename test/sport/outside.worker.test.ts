import { expect, test } from 'vitest'
import { HOUR } from '../../src/platform/time.ts'
import { realDependencies, type StudentEnv } from '../../src/sport/student/student-context.ts'
import { bindings } from './student-kit.worker.ts'

const outsideShiftedBy = (seconds: number) => {
  const env = { ...(bindings as unknown as StudentEnv), CLOCK_SHIFT_SECONDS: String(seconds) }
  return realDependencies(env)
}

test('an object’s clock is moved on with the other Workers’, and its alarms fire by the machine’s', () => {
  const { clock, alarmAt } = outsideShiftedBy(3_600)
  const ahead = clock.now() - Date.now()
  expect(Math.round(ahead / HOUR)).toBe(1)
  expect(alarmAt(1_800_000_000_000)).toBe(1_800_000_000_000 - HOUR)
})

test('an object whose clock is not moved sets its alarms as they are', () => {
  expect(outsideShiftedBy(0).alarmAt(1_800_000_000_000)).toBe(1_800_000_000_000)
})
