import { Hono } from 'hono'
import { romeDate, romeTime } from '../../../platform/time.ts'
import { bookRequest, MAX_ALTERNATIVES, weeklyDraft } from '../../../sport/booking-requests.ts'
import { type CourseRow, classesAhead, codeOf, refOf } from '../../../sport/catalogue.ts'
import { costs } from '../../../sport/costs.ts'
import { opensAt } from '../../../sport/opening.ts'
import { watchChoices } from '../../../sport/place-watch.ts'
import type { WeeklyPolicy } from '../../../sport/student-types.ts'
import { longDay, shortDay, weekdayNames } from '../../words.ts'
import { AppPage, Up } from '../app-page.tsx'
import { costly } from '../costly.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { hasBooked, placesOf } from './classes-page.tsx'
import { refused, requestKey, SPORT, SportForm, showProgress, textsOf, withAnswer } from './sport-visit.tsx'

const PATH = `${SPORT}/corsi`
const policies = ['book-then-confirm', 'ask-then-book', 'no-confirmation'] as const satisfies WeeklyPolicy[]

/** What to do when the class is full: alternatives in order, and waiting for a place. */
const WhenFull = ({ visit, others }: { visit: Visit; others: readonly CourseRow[] }) => {
  const { classes: t } = textsOf(visit).appSport
  const days = [...new Set(others.map(({ date }) => date))]
  const label = (row: CourseRow) =>
    [`${row.start} ${row.name}`, placesOf(visit, row)].filter(Boolean).join(' · ')
  return (
    <details class="when-full">
      <summary>{t.whenFull}</summary>
      <div class="stack">
        {others.length > 0 && (
          <fieldset class="plain">
            <legend>{t.alternatives}</legend>
            {Array.from({ length: Math.min(MAX_ALTERNATIVES, others.length) }, (_, index) => (
              <label>
                <span class="visually-hidden">{t.alternative(index + 1)}</span>
                <select name="alternative">
                  <option value="">{t.noAlternative}</option>
                  {days.map((date) => (
                    <optgroup label={shortDay(visit.site.language, date)}>
                      {others
                        .filter((row) => row.date === date)
                        .map((row) => (
                          <option value={codeOf(row)}>{label(row)}</option>
                        ))}
                    </optgroup>
                  ))}
                </select>
              </label>
            ))}
          </fieldset>
        )}
        <label>
          {t.watch}
          <select name="watch">
            {watchChoices.map((hours) => (
              <option value={hours}>{hours === 0 ? t.watchOff : t.watchUntil(hours)}</option>
            ))}
          </select>
        </label>
      </div>
    </details>
  )
}

const Facts = ({ visit, row }: { visit: Visit; row: CourseRow }) => {
  const { appSport: t } = textsOf(visit)
  const places = placesOf(visit, row)
  return (
    <dl class="group facts">
      <dt>{t.booking.when}</dt>
      <dd>
        {longDay(visit.site.language, row.date)}, {row.start}–{row.end}
      </dd>
      {places && (
        <>
          <dt>{t.classes.availability}</dt>
          <dd>{t.classes.placesAt(places, romeTime(row.updatedAt))}</dd>
        </>
      )}
      {row.location !== '' && (
        <>
          <dt>{t.booking.where}</dt>
          <dd>{row.location}</dd>
        </>
      )}
      {row.teacher !== null && (
        <>
          <dt>{t.classes.teacher}</dt>
          <dd>{row.teacher}</dd>
        </>
      )}
    </dl>
  )
}

const ClassPage = ({
  visit,
  row,
  all,
  booked,
}: {
  visit: Visit
  row: CourseRow
  all: readonly CourseRow[]
  booked: boolean
}) => {
  const { appSport, sport } = textsOf(visit)
  const { classes: t, weekly } = appSport
  const path = `${PATH}/${codeOf(row)}`
  const opening = opensAt(row.date)
  const isOpen = opening <= visit.site.now
  const others = all.filter((one) => codeOf(one) !== codeOf(row))
  const weekday = weekdayNames(visit.site.language, 'long')[row.dayOfWeek - 1] ?? ''
  return (
    <AppPage visit={visit} title={row.name}>
      <Up href={`${PATH}?giorno=${row.date}`}>{t.title}</Up>
      <h1>{row.name}</h1>
      <Facts visit={visit} row={row} />
      {booked ? (
        <p role="note">{t.alreadyBooked}</p>
      ) : (
        <>
          <p>{isOpen ? t.open : t.opens(sport.day(romeDate(opening)), romeTime(opening))}</p>
          <SportForm visit={visit} action={path} class="group stack">
            <WhenFull visit={visit} others={others} />
            <p class="actions">
              <button type="submit" name="do" value="book">
                {isOpen ? t.bookNow : t.bookAtOpening}
              </button>
              <button type="submit" name="do" value="try" class="quiet">
                {t.try}
              </button>
            </p>
          </SportForm>
        </>
      )}
      <section>
        <h2>{t.weeklyHeading(weekday)}</h2>
        <SportForm visit={visit} action={path} class="group stack">
          <fieldset class="plain">
            <legend class="visually-hidden">{t.weeklyHeading(weekday)}</legend>
            {policies.map((policy, index) => (
              <label class="check">
                <input type="radio" name="policy" value={policy} checked={index === 0} />
                <span>
                  {weekly.policies[policy]}
                  <span class="soft block">{weekly.policyHints[policy]}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <WhenFull visit={visit} others={others.filter(({ date }) => date === row.date)} />
          <p class="actions">
            <button type="submit" name="do" value="weekly">
              {t.makeWeekly}
            </button>
          </p>
        </SportForm>
      </section>
    </AppPage>
  )
}

/** The form's options for a full class: the alternatives still in the schedule, and how long to watch. */
function readWhenFull(form: FormData, code: string, all: readonly CourseRow[]) {
  const codes = form
    .getAll('alternative')
    .map(String)
    .filter((other, index, list) => other !== '' && other !== code && list.indexOf(other) === index)
  const alternatives = codes.flatMap((other) => all.find((row) => codeOf(row) === other) ?? [])
  const watch = watchChoices.find((hours) => String(hours) === form.get('watch')) ?? 0
  return { alternatives: alternatives.slice(0, MAX_ALTERNATIVES), watch }
}

async function wish(c: AppContext, row: CourseRow, all: readonly CourseRow[]): Promise<Response> {
  const form = c.get('form')
  const key = requestKey(form)
  const { alternatives, watch } = readWhenFull(form, codeOf(row), all)
  const chosen = { wanted: row, alternatives, watchHours: watch }
  switch (form.get('do')) {
    case 'book': {
      const when = opensAt(row.date) <= c.get('visit').site.now ? 'now' : 'at-opening'
      return withAnswer(c, (student) => student.book(bookRequest(key, chosen, when)), showProgress(c))
    }
    case 'try':
      return costly(c, costs.try, () =>
        withAnswer(c, (student) => student.dryRun(key, refOf(row)), showProgress(c)),
      )
    case 'weekly': {
      const policy = policies.find((one) => one === form.get('policy'))
      if (!policy) return refused(c, 'invalid')
      return withAnswer(
        c,
        (student) => student.createWeekly(key, weeklyDraft(chosen, policy)),
        ({ id }) => c.redirect(`${SPORT}/periodiche/${id}?done=created`, 303),
      )
    }
    default:
      return refused(c, 'invalid')
  }
}

/** Finds the class in the address, among those that can still be booked. */
async function withClass(
  c: AppContext,
  goOn: (row: CourseRow, all: readonly CourseRow[]) => Response | Promise<Response>,
): Promise<Response> {
  const visit = c.get('visit')
  const all = await classesAhead(visit.db, visit.site.now)
  const row = all.find((one) => codeOf(one) === c.req.param('code'))
  if (row) return goOn(row, all)
  const { classes: t, tab } = textsOf(visit).appSport
  return c.html(
    <AppPage visit={visit} title={tab} problem={t.gone}>
      <Up href={PATH}>{t.title}</Up>
      <h1>{t.title}</h1>
    </AppPage>,
    404,
  )
}

/** One class: booked once, now or at its opening, or every week. */
export const classPage = new Hono<AppTypes>()
  .get(`${PATH}/:code`, (c) =>
    withClass(c, async (row, all) =>
      c.html(<ClassPage visit={c.get('visit')} row={row} all={all} booked={await hasBooked(c, row)} />),
    ),
  )
  .post(`${PATH}/:code`, (c) => withClass(c, (row, all) => wish(c, row, all)))
