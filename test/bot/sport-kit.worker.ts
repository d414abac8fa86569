import { beforeAll } from 'vitest'
import { connect } from '../../src/db/database.ts'
import { writeCourses } from '../../src/sport/course-store.ts'
import type { ClassSlot } from '../../src/sport/site/site-model.ts'
import { FakeStudents } from './fake-student.ts'
import { harness } from './harness.worker.ts'

/** Friday 20 November 2026, one in the afternoon in Rome. */
export const NOW = Date.parse('2026-11-20T12:00:00Z')

const slot = (date: string, start: string, name: string, more: Partial<ClassSlot> = {}): ClassSlot => ({
  appointmentId: '1',
  activityId: '2',
  type: 'course',
  name,
  location: 'Giuriati - Corsi Platinum',
  teacher: 'ROSSI MARIO',
  date,
  start,
  end: `${start.slice(0, 3)}55`,
  places: 7,
  state: 'open',
  ...more,
})
const gym: Partial<ClassSlot> = { type: 'fit-center', teacher: null, location: 'Giuriati - Fit Center' }

export const week: ClassSlot[] = [
  slot('2026-11-21', '18:00', 'YOGA'),
  slot('2026-11-21', '19:00', 'PILATES', { places: 0 }),
  slot('2026-11-21', '09:00', 'Giuriati - Fit Center', gym),
  slot('2026-11-21', '10:30', 'Giuriati - Fit Center', gym),
  slot('2026-11-22', '18:00', 'ZUMBA'),
  slot('2026-11-24', '18:00', 'YOGA'),
  slot('2026-11-24', '20:00', 'CORE'),
]

/** The bot with a fake object for each student, and the week's schedule in the database. */
export function sportHarness() {
  const bot = harness()
  const students = new FakeStudents()
  bot.time.now = NOW
  bot.edgeEnv.SPORT_USER_IDS = '*'
  bot.edgeEnv.PUBLIC_URL = 'https://sportello.example'
  Object.assign(bot.edgeEnv, { STUDENTS: students })
  beforeAll(() => writeCourses(connect(bot.edgeEnv.DB), week, NOW))
  return { ...bot, students }
}
