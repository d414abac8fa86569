import { Hono } from 'hono'
import { romeTime } from '../../../platform/time.ts'
import { calendarOf } from '../../../sport/ical.ts'
import type { BookingView } from '../../../sport/student-types.ts'
import { longDay } from '../../words.ts'
import { AppPage, Up } from '../app-page.tsx'
import type { FieldProblem } from '../field-problem.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { answerNotice, answerQuestion, isAnswer, Question } from './question.tsx'
import {
  byId,
  Danger,
  isSure,
  refused,
  requestKey,
  SPORT,
  showProgress,
  textsOf,
  unsure,
  withAnswer,
} from './sport-visit.tsx'

const BookingPage = ({
  visit,
  booking,
  notice,
  problem,
}: {
  visit: Visit
  booking: BookingView
  notice?: string | undefined
  problem?: FieldProblem | undefined
}) => {
  const { appSport } = textsOf(visit)
  const { booking: t } = appSport
  const path = `${SPORT}/prenotazioni/${booking.id}`
  const ahead = booking.state === 'active' && booking.startsAt > visit.site.now
  return (
    <AppPage visit={visit} title={booking.name} notice={notice}>
      <Up href={SPORT}>{appSport.title}</Up>
      <h1>{booking.name}</h1>
      {booking.state !== 'active' && <p class="warning">{t.states[booking.state]}</p>}
      <dl class="group facts">
        <dt>{t.when}</dt>
        <dd>
          {longDay(visit.site.language, booking.date)}, {booking.start}–{romeTime(booking.endsAt)}
        </dd>
        {booking.location !== '' && (
          <>
            <dt>{t.where}</dt>
            <dd>{booking.location}</dd>
          </>
        )}
      </dl>
      {booking.weeklyId !== null && (
        <p class="soft">
          <a href={`${SPORT}/periodiche/${booking.weeklyId}`}>{t.weekly}</a>
        </p>
      )}
      {ahead && booking.confirmation && (
        <Question visit={visit} question={booking.confirmation} path={path} />
      )}
      {booking.state === 'active' && (
        <p class="actions">
          <a class="button quiet" href={`${path}/calendario.ics`} download={`sport-${booking.date}.ics`}>
            {t.calendar}
          </a>
        </p>
      )}
      {ahead && (
        <Danger
          visit={visit}
          action={path}
          verb="cancel"
          heading={t.cancelHeading}
          text={t.cancelText}
          sure={t.cancelSure}
          button={t.cancel}
          problem={problem}
        />
      )}
    </AppPage>
  )
}

const show = (c: AppContext, id: number, problem?: FieldProblem): Promise<Response> =>
  withAnswer(
    c,
    (student) => student.booking(id),
    (booking) => {
      const visit = c.get('visit')
      const notice = problem ? undefined : answerNotice(visit, c.req.query('done'))
      return c.html(
        <BookingPage visit={visit} booking={booking} notice={notice} problem={problem} />,
        problem === undefined ? 200 : 422,
      )
    },
  )

async function change(c: AppContext, id: number): Promise<Response> {
  const form = c.get('form')
  const verb = form.get('do')
  if (verb === 'cancel') {
    if (!isSure(form)) return show(c, id, unsure(c.get('visit')))
    return withAnswer(c, (student) => student.cancel(requestKey(form), id), showProgress(c))
  }
  return isAnswer(verb) ? answerQuestion(c, verb, `${SPORT}/prenotazioni/${id}`) : refused(c, 'invalid')
}

async function calendarFile(c: AppContext, id: number): Promise<Response> {
  const visit = c.get('visit')
  return withAnswer(
    c,
    (student) => student.booking(id),
    (booking) => {
      if (booking.state !== 'active') return refused(c, 'too-late')
      return c.body(calendarOf(textsOf(visit), visit.chat.id, [booking], visit.site.now), 200, {
        'Content-Type': 'text/calendar; charset=utf-8',
        'Content-Disposition': `attachment; filename="sport-${booking.date}.ics"`,
      })
    },
  )
}

/** One booking: its question, its calendar file, cancelling it. */
export const bookingPage = new Hono<AppTypes>()
  .get(`${SPORT}/prenotazioni/:id`, byId(show))
  .get(`${SPORT}/prenotazioni/:id/calendario.ics`, byId(calendarFile))
  .post(`${SPORT}/prenotazioni/:id`, byId(change))
