import type { RomeDate } from '../../../src/platform/time.ts'
import { offerOf, slotClass } from './pages.ts'
import { type Account, activityName, type Occurrence, type World } from './world.ts'

const STATUS: Record<string, string> = {
  'slot-available': 'Available',
  'slot-booked': 'Booked',
  'slot-disabled': 'Disabled',
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** Names in JSON hold HTML entities, as those in pages do. */
const escaped = (name: string): string =>
  name.replaceAll('&', '&amp;').replaceAll("'", '&#39;').replaceAll('<', '&lt;')

function row(world: World, account: Account, entry: Occurrence, now: number, waitingLists: boolean) {
  const [hours, minutes] = entry.start.split(':').map(Number) as [number, number]
  const end = clock(hours * 60 + minutes + entry.minutes)
  const activity = activityName(entry.activityId)
  const free = world.free(entry, now)
  const state = slotClass(world, account, entry, now, waitingLists)
  const course = entry.course === null ? null : escaped(entry.course)
  return {
    Type: 'Class',
    Status: STATUS[state],
    TimeStart: `${entry.start}:00`,
    TimeDuration: `${entry.minutes} min`,
    DateStart: `${entry.date}T00:00:00`,
    StartDateTime: `${entry.date}T${entry.start}:00`,
    EndDateTime: `${entry.date}T${end}:00`,
    DurationMinutes: entry.minutes,
    EventName: activity,
    EventDescription: course === null ? activity : `${activity} - <span class="skill">${course}</span>`,
    EventDescription2: entry.teacher === null ? '' : `con ${escaped(entry.teacher)}`,
    EventDescription3: `Posti disponibili: ${free}`,
    SkillName: course ?? '',
    Notes: state === 'slot-available' && free === 0 ? offerOf(state, free) : '',
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
  options: { idsAsNumbers: boolean; casing: keyof typeof CASES; waitingLists: boolean },
): string {
  const name = CASES[options.casing]
  const data = world
    .shownOn(date, activityId, now)
    .map((entry) =>
      Object.fromEntries(
        Object.entries(row(world, account, entry, now, options.waitingLists)).map(([key, value]) => [
          name(key),
          value,
        ]),
      ),
    )
  return JSON.stringify({ status: 'OK', data }).replace(/"#(\d+)"/g, options.idsAsNumbers ? '$1' : '"$1"')
}
