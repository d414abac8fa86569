import { Hono } from 'hono'
import { addDays, type RomeDate, romeDate } from '../../../platform/time.ts'
import type { StudentStub } from '../../../sport/student/ask-student.ts'
import type { ConfirmationView, Occurrence, WeeklyView } from '../../../sport/student-types.ts'
import { LONGEST_SKIP_DAYS, mayResumeOn } from '../../../sport/weekly-rules.ts'
import { longDay, weekdayNames } from '../../words.ts'
import { AppPage, Up } from '../app-page.tsx'
import { type FieldProblem, marked, ProblemText } from '../field-problem.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { answerNotice, answerQuestion, isAnswer, Question } from './question.tsx'
import {
  ask,
  byId,
  Danger,
  isSure,
  refused,
  requestKey,
  SPORT,
  SportForm,
  textsOf,
  unsure,
  withAnswer,
} from './sport-visit.tsx'

/** Weeks ahead that are listed. */
const WEEKS_SHOWN = 4

/** "Martedì 18:30 · Pilates". */
export function weeklyTitle({ site }: Visit, { dayOfWeek, start, name }: WeeklyView): string {
  const day = weekdayNames(site.language, 'long')[dayOfWeek - 1] ?? ''
  return `${day.charAt(0).toUpperCase()}${day.slice(1)} ${start} · ${name}`
}

const Ahead = ({ visit, list }: { visit: Visit; list: readonly Occurrence[] }) => {
  const { appSport: t } = textsOf(visit)
  if (list.length === 0) return null
  return (
    <section>
      <h2>{t.weekly.ahead}</h2>
      <ul class="group rows">
        {list.map(({ date, state }) => (
          <li class="row">
            <b>{longDay(visit.site.language, date)}</b>
            <span class="places">{state === 'planned' ? '' : t.states[state]}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const Skips = ({
  visit,
  rule,
  path,
  problem,
}: {
  visit: Visit
  rule: WeeklyView
  path: string
  problem?: FieldProblem | undefined
}) => {
  const { weekly: t } = textsOf(visit).appSport
  const today = romeDate(visit.site.now)
  return (
    <>
      <SportForm visit={visit} action={path} class="actions">
        <button type="submit" name="do" value="skip" class="quiet">
          {t.skipNext}
        </button>
        <button type="submit" name="do" value="pause" class="quiet">
          {t.pause}
        </button>
      </SportForm>
      <details class="group fold" open={problem?.field === 'date'}>
        <summary>{t.skipLong}</summary>
        <SportForm visit={visit} action={path} class="stack">
          <label>
            {t.skipUntil}
            <input
              type="date"
              name="date"
              min={addDays(today, 1)}
              max={addDays(today, LONGEST_SKIP_DAYS)}
              value={rule.skipUntil !== null && rule.skipUntil > today ? rule.skipUntil : ''}
              required
              {...marked(problem, 'date')}
            />
            <ProblemText problem={problem} field="date" />
          </label>
          <p class="soft">{t.skipHint}</p>
          <button type="submit" name="do" value="until">
            {t.skipSave}
          </button>
        </SportForm>
      </details>
    </>
  )
}

const WeeklyPage = ({
  visit,
  rule,
  ahead,
  question,
  notice,
  skippedNow,
  problem,
}: {
  visit: Visit
  rule: WeeklyView
  ahead: readonly Occurrence[]
  /** The question that waits for an answer. */
  question: ConfirmationView | undefined
  /** The form before skipped something, which can be taken back. */
  skippedNow: boolean
  notice?: string | undefined
  problem?: FieldProblem | undefined
}) => {
  const { appSport } = textsOf(visit)
  const { weekly: t } = appSport
  const path = `${SPORT}/periodiche/${rule.id}`
  const title = weeklyTitle(visit, rule)
  const skipped = rule.skipUntil !== null && rule.skipUntil > romeDate(visit.site.now) ? rule.skipUntil : null
  return (
    <AppPage visit={visit} title={title} notice={notice}>
      <Up href={SPORT}>{appSport.title}</Up>
      <h1>{title}</h1>
      {question && <Question visit={visit} question={question} path={path} />}
      {rule.location !== '' && rule.location !== rule.name && <p class="soft">{rule.location}</p>}
      <p>{t.policies[rule.policy]}.</p>
      <p class="soft">{t.policyHints[rule.policy]}</p>
      {rule.alternatives.length > 0 && (
        <p>
          {t.alternatives} {rule.alternatives.map(({ start, name }) => `${start} ${name}`).join(', ')}.
        </p>
      )}
      {rule.watchHoursBefore !== null && <p>{t.watch(rule.watchHoursBefore)}</p>}
      {skipped && <p>{t.skippedUntil(longDay(visit.site.language, skipped))}</p>}
      {(rule.paused || skipped || skippedNow) && (
        <SportForm visit={visit} action={path} class="actions">
          <button type="submit" name="do" value="resume">
            {rule.paused ? t.resume : t.unskip}
          </button>
        </SportForm>
      )}
      {!rule.paused && <Skips visit={visit} rule={rule} path={path} problem={problem} />}
      <Ahead visit={visit} list={ahead} />
      <Danger
        visit={visit}
        action={path}
        verb="remove"
        heading={t.removeHeading}
        text={t.removeText}
        sure={t.removeSure}
        button={t.remove}
        problem={problem}
      />
    </AppPage>
  )
}

async function show(c: AppContext, id: number, said: { problem?: FieldProblem } = {}): Promise<Response> {
  const visit = c.get('visit')
  const { notices } = textsOf(visit).appSport.weekly
  const known = await ask(c, (student) => student.overview(WEEKS_SHOWN, 1))
  if (!known.ok) return refused(c, known.refusal)
  const rule = known.value.weekly.find((one) => one.id === id)
  if (!rule) return refused(c, 'not-found')
  const ahead = known.value.occurrences.filter(({ weeklyId }) => weeklyId === id)
  const done = c.req.query('done') as keyof typeof notices | undefined
  const notice =
    said.problem === undefined && done !== undefined
      ? (answerNotice(visit, done) ?? notices[done])
      : undefined
  const skippedNow = notice !== undefined && (done === 'skipped' || done === 'until')
  return c.html(
    <WeeklyPage
      visit={visit}
      rule={rule}
      ahead={ahead}
      question={known.value.questions?.find(({ weeklyId }) => weeklyId === id)}
      notice={notice}
      skippedNow={skippedNow}
      problem={said.problem}
    />,
    said.problem === undefined ? 200 : 422,
  )
}

/** Each button's call, and the notice that confirms it. */
const changes: Record<
  string,
  {
    notice: keyof ReturnType<typeof textsOf>['appSport']['weekly']['notices']
    call: (
      student: StudentStub,
      key: string,
      id: number,
      date: RomeDate,
    ) => ReturnType<StudentStub['skipNext']>
  }
> = {
  pause: { notice: 'paused', call: (student, key, id) => student.pauseWeekly(key, id) },
  resume: { notice: 'resumed', call: (student, key, id) => student.resumeWeekly(key, id) },
  skip: { notice: 'skipped', call: (student, key, id) => student.skipNext(key, id) },
  until: { notice: 'until', call: (student, key, id, date) => student.skipUntil(key, id, date) },
}

async function change(c: AppContext, id: number): Promise<Response> {
  const visit = c.get('visit')
  const { appSport } = textsOf(visit)
  const form = c.get('form')
  const key = requestKey(form)
  const verb = String(form.get('do') ?? '')
  const path = `${SPORT}/periodiche/${id}`
  if (verb === 'remove') {
    if (!isSure(form)) return show(c, id, { problem: unsure(visit) })
    return withAnswer(
      c,
      (student) => student.removeWeekly(key, id),
      () => c.redirect(SPORT, 303),
    )
  }
  if (isAnswer(verb)) return answerQuestion(c, verb, path)
  const found = Object.hasOwn(changes, verb) ? changes[verb] : undefined
  const date = String(form.get('date') ?? '')
  if (!found) return c.redirect(path, 303)
  if (verb === 'until' && !mayResumeOn(date, romeDate(visit.site.now)))
    return show(c, id, { problem: { field: 'date', text: appSport.weekly.skipWrong } })
  return withAnswer(
    c,
    (student) => found.call(student, key, id, date),
    () => c.redirect(`${path}?done=${found.notice}`, 303),
  )
}

/** One weekly booking: pause, skip, resume on a day, delete. */
export const weeklyPage = new Hono<AppTypes>()
  .get(`${SPORT}/periodiche/:id`, byId(show))
  .post(`${SPORT}/periodiche/:id`, byId(change))
