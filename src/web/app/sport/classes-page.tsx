import { Hono } from 'hono'
import { isRomeDate, MINUTE, type RomeDate } from '../../../platform/time.ts'
import { bookedAmong, type IsBooked } from '../../../sport/booked-classes.ts'
import { type CourseRow, classesAhead, codeOf, readAt } from '../../../sport/catalogue.ts'
import { costs } from '../../../sport/costs.ts'
import { bookedClasses, readScheduleAndWait } from '../../../sport/student/own-classes.ts'
import { shortDay } from '../../words.ts'
import { AppPage, Up } from '../app-page.tsx'
import { costly } from '../costly.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { ask, SPORT, SportForm, textsOf } from './sport-visit.tsx'

const PATH = `${SPORT}/corsi`

/** The number of free places, in a word or two; empty when unknown. */
export function placesOf(visit: Visit, { availablePlaces }: CourseRow): string {
  const { classes: t } = textsOf(visit).appSport
  if (availablePlaces === null) return ''
  return availablePlaces === 0 ? t.full : t.places(availablePlaces)
}

/** Places are shown as such while the reading is this young (ms); they are gone in minutes. */
const FRESH = 15 * MINUTE

/** Whether a class had free places lately. */
const isFree = ({ availablePlaces, updatedAt }: CourseRow, now: number) =>
  availablePlaces !== null && availablePlaces > 0 && now - updatedAt < FRESH

/** Whether the visitor has booked a class; no when the object does not answer. */
export const hasBooked = async (c: AppContext, row: CourseRow): Promise<boolean> =>
  (await bookedClasses((call) => ask(c, call)))(row)

const Rows = ({
  visit,
  heading,
  rows,
  booked,
}: {
  visit: Visit
  heading: string
  rows: readonly CourseRow[]
  booked: IsBooked
}) =>
  rows.length === 0 ? null : (
    <section>
      <h2>{heading}</h2>
      <ul class="group rows">
        {rows.map((row) => (
          <li>
            <a href={`${PATH}/${codeOf(row)}`}>
              <b>
                <time datetime={`${row.date}T${row.start}`}>{row.start}</time> {row.name}
              </b>
              <span class={isFree(row, visit.site.now) ? 'places' : 'soft'}>
                {booked(row) ? textsOf(visit).appSport.classes.booked : placesOf(visit, row)}
              </span>
              {row.location !== '' && row.location !== row.name && <span class="detail">{row.location}</span>}
            </a>
          </li>
        ))}
      </ul>
    </section>
  )

const Days = ({ visit, days, chosen }: { visit: Visit; days: readonly RomeDate[]; chosen: RomeDate }) => (
  <nav class="chips" aria-label={textsOf(visit).appSport.classes.days}>
    {days.map((date) => (
      <a href={`${PATH}?giorno=${date}`} aria-current={date === chosen ? 'page' : undefined}>
        {shortDay(visit.site.language, date)}
      </a>
    ))}
  </nav>
)

async function show(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const { classes: t, title } = textsOf(visit).appSport
  const [rows, own] = await Promise.all([
    classesAhead(visit.db, visit.site.now),
    // One call for both: what is booked, and whether the account reads the schedule for everybody.
    ask(c, (student) => student.overview(1, 1)),
  ])
  const booked = bookedAmong(own.ok ? own.value.bookings : [])
  const days = [...new Set(rows.map(({ date }) => date))]
  const asked = c.req.query('giorno') ?? ''
  const chosen = isRomeDate(asked) && days.includes(asked) ? asked : days[0]
  const shares = own.ok && own.value.account.sharesSchedule === true
  const shown = rows.filter(({ date }) => date === chosen)
  return c.html(
    <AppPage visit={visit} title={t.title}>
      <Up href={SPORT}>{title}</Up>
      <h1>{t.title}</h1>
      {chosen === undefined ? (
        <>
          <p class="empty">{c.req.query('letti') ? t.reading : t.noSchedule}</p>
          {shares ? (
            <SportForm visit={visit} action={PATH} class="actions">
              <button type="submit" name="do" value="read">
                {t.readNow}
              </button>
            </SportForm>
          ) : (
            <>
              <p class="soft">{t.shareFirst}</p>
              <SportForm visit={visit} action={PATH} class="actions">
                <button type="submit" name="do" value="share">
                  {t.readShared}
                </button>
              </SportForm>
            </>
          )}
        </>
      ) : (
        <>
          <Days visit={visit} days={days} chosen={chosen} />
          <Rows
            visit={visit}
            heading={t.courses}
            rows={shown.filter(({ type }) => type === 'course')}
            booked={booked}
          />
          <Rows
            visit={visit}
            heading={t.fitCenter}
            rows={shown.filter(({ type }) => type === 'fit-center')}
            booked={booked}
          />
          <p class="soft">{t.readAt(...shownReadAt(visit, rows))}</p>
        </>
      )}
    </AppPage>,
  )
}

function shownReadAt(visit: Visit, rows: readonly CourseRow[]): [day: string, time: string] {
  const [date, time] = readAt(rows)
  return [shortDay(visit.site.language, date), time]
}

/** Reads the schedule with the session of a visitor who agreed, or agrees now, when nobody has read it yet. */
async function readNow(c: AppContext): Promise<Response> {
  if (c.get('form').get('do') === 'share') await ask(c, (student) => student.shareSchedule(true))
  await readScheduleAndWait(
    (call) => ask(c, call),
    (reading) => c.executionCtx.waitUntil(reading),
  )
  return c.redirect(`${PATH}?letti=1`, 303)
}

/** The week's classes, day by day: a new booking begins with one of them. */
export const classesPage = new Hono<AppTypes>()
  .get(PATH, show)
  .post(PATH, (c) => costly(c, costs.check, () => readNow(c)))
