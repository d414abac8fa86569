import type { RomeDate } from '../../../src/platform/time.ts'
import { slotClass } from './pages.ts'
import { type Account, activityName, type Occurrence, type World } from './world.ts'

const STATUS: Record<string, string> = {
  'slot-available': 'Available',
  'slot-booked': 'Booked',
  'slot-disabled': 'Disabled',
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

function row(world: World, account: Account, entry: Occurrence, now: number) {
  const [hours, minutes] = entry.start.split(':').map(Number) as [number, number]
  const end = clock(hours * 60 + minutes + entry.minutes)
  const activity = activityName(entry.activityId)
  const free = world.free(entry, now)
  return {
    Type: 'Class',
    Status: STATUS[slotClass(world, account, entry, now)],
    TimeStart: `${entry.start}:00`,
    TimeDuration: `${entry.minutes} min`,
    DateStart: `${entry.date}T00:00:00`,
    StartDateTime: `${entry.date}T${entry.start}:00`,
    EndDateTime: `${entry.date}T${end}:00`,
    DurationMinutes: entry.minutes,
    EventName: activity,
    EventDescription:
      entry.course === null ? activity : `${activity} - <span class="skill">${entry.course}</span>`,
    EventDescription2: entry.teacher === null ? '' : `con ${entry.teacher}`,
    EventDescription3: `Posti disponibili: ${free}`,
    SkillName: entry.course ?? '',
    Notes: '',
    AvailabilitiesAlmostOver: free > 0 && free <= 3,
    ServiceId: `#${entry.activityId}`,
    ParentCourseId: `#${entry.activityId}`,
    AppointmentId: `#${entry.appointmentId}`,
  }
}

const CASES = {
  Pascal: (name: string) => name,
  camel: (name: string) => name.charAt(0).toLowerCase() + name.slice(1),
  lower: (name: string) => name.toLowerCase(),
}

/** The schedule's answer. Ids are written as bare numbers, which JavaScript's own writer cannot, or as text. */
export function scheduleJson(
  world: World,
  account: Account,
  activityId: string,
  date: RomeDate,
  now: number,
  options: { idsAsNumbers: boolean; casing: keyof typeof CASES },
): string {
  const name = CASES[options.casing]
  const data = world
    .classesOn(date, activityId)
    .map((entry) =>
      Object.fromEntries(
        Object.entries(row(world, account, entry, now)).map(([key, value]) => [name(key), value]),
      ),
    )
  return JSON.stringify({ status: 'OK', data }).replace(/"#(\d+)"/g, options.idsAsNumbers ? '$1' : '"$1"')
}
