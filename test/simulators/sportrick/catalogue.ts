import type { RomeTime } from '../../../src/platform/time.ts'

export const COURSES = { activityId: '245765508040862208', name: 'Giuriati - Corsi Platinum' } as const
export const FIT_CENTER = { activityId: '245765508040862347', name: 'Giuriati - Fit Center' } as const
export const ACTIVITIES = [COURSES, FIT_CENTER] as const

/** A class that comes back every week. */
export interface WeeklyClass {
  activityId: string
  /** 1 = Monday … 7 = Sunday. */
  day: number
  start: RomeTime
  minutes: number
  /** Course in capitals; null for the Fit Center. */
  course: string | null
  teacher: string | null
  capacity: number
}

type CourseRow = [day: number, start: RomeTime, course: string, teacher: string, capacity: number]

const COURSE_ROWS: CourseRow[] = [
  [1, '08:30', 'YOGA', 'ROSSI MARIO', 20],
  [1, '13:00', 'FUNCTIONAL', 'COLOMBO ANDREA', 18],
  [1, '18:00', 'PILATES', 'FERRARI GIULIA', 20],
  [1, '19:00', 'ZUMBA', 'RUSSO CHIARA', 25],
  [2, '13:00', 'TOTAL BODY', 'BIANCHI LUCA', 20],
  [2, '18:00', 'POWER YOGA', 'ROSSI MARIO', 20],
  [2, '18:00', 'SPINNING', 'GALLI MARCO', 15],
  [2, '19:00', 'GAG', 'CONTI SARA', 22],
  [3, '08:30', 'YOGA', 'ROSSI MARIO', 20],
  [3, '13:00', 'PILATES', 'FERRARI GIULIA', 20],
  [3, '18:00', 'FUNCTIONAL', 'COLOMBO ANDREA', 18],
  [3, '19:00', 'FIT BOXE', 'GRECO DAVIDE', 20],
  [4, '13:00', 'SPINNING', 'GALLI MARCO', 15],
  [4, '18:00', 'YOGA', 'VILLA ANNA', 20],
  [4, '19:00', 'TOTAL BODY', 'BIANCHI LUCA', 20],
  [5, '13:00', 'POSTURALE', 'FERRARI GIULIA', 18],
  [5, '18:00', 'ZUMBA', 'RUSSO CHIARA', 25],
  [6, '10:00', 'YOGA', 'VILLA ANNA', 20],
  [6, '11:00', 'FUNCTIONAL', 'COLOMBO ANDREA', 18],
]

/** 90-minute slots: Monday to Friday from 07:00 (the last one ends at 20:30), weekends from 09:00 to 16:30. */
const FIT_STARTS = {
  weekday: ['07:00', '08:30', '10:00', '11:30', '13:00', '14:30', '16:00', '17:30', '19:00'] as RomeTime[],
  weekend: ['09:00', '15:00'] as RomeTime[],
}

const courses: WeeklyClass[] = COURSE_ROWS.map(([day, start, course, teacher, capacity]) => ({
  activityId: COURSES.activityId,
  day,
  start,
  minutes: 55,
  course,
  teacher,
  capacity,
}))

const fitCenter: WeeklyClass[] = [1, 2, 3, 4, 5, 6, 7].flatMap((day) =>
  (day <= 5 ? FIT_STARTS.weekday : FIT_STARTS.weekend).map((start) => ({
    activityId: FIT_CENTER.activityId,
    day,
    start,
    minutes: 90,
    course: null,
    teacher: null,
    capacity: 40,
  })),
)

/** The week: 19 courses and 49 Fit Center slots. A class's place in this list is part of its ids. */
export const WEEK: readonly WeeklyClass[] = [...courses, ...fitCenter]
