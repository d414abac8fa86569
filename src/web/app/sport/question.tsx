import { readId } from '../../../platform/id.ts'
import { romeDate, romeTime } from '../../../platform/time.ts'
import type { ConfirmationView } from '../../../sport/student-types.ts'
import { longDay } from '../../words.ts'
import type { AppContext, Visit } from '../visit.ts'
import { refused, SportForm, textsOf, withAnswer } from './sport-visit.tsx'

/** The question of a weekly booking, with its two answers. @param path the page that it is on, which takes the answer */
export const Question = ({
  visit,
  question,
  path,
}: {
  visit: Visit
  question: ConfirmationView
  path: string
}) => {
  const { question: t } = textsOf(visit).appSport
  const { id, kind, deadline } = question
  return (
    <SportForm visit={visit} action={path} class="group stack">
      <p>{t.ask[kind](longDay(visit.site.language, romeDate(deadline)), romeTime(deadline))}</p>
      <input type="hidden" name="question" value={id} />
      <p class="actions">
        <button type="submit" name="do" value="going">
          {t.yes}
        </button>
        <button type="submit" name="do" value="not-going" class="quiet">
          {t.no}
        </button>
      </p>
    </SportForm>
  )
}

/** The verbs of the buttons. */
type Reply = 'going' | 'not-going'

/** True for the buttons of `Question`. */
export const isAnswer = (verb: unknown): verb is Reply => verb === 'going' || verb === 'not-going'

/** Answers the question in the form, then shows the page again with what comes of it. */
export function answerQuestion(c: AppContext, verb: Reply, path: string): Response | Promise<Response> {
  const id = readId(String(c.get('form').get('question') ?? ''))
  if (id === null) return refused(c, 'invalid')
  return withAnswer(
    c,
    (student) => (verb === 'going' ? student.confirm(id) : student.skip(id)),
    ({ kind, status }) => c.redirect(`${path}?done=${kind}-${status}`, 303),
  )
}

/** What came of the answer, from the address. */
export function answerNotice(visit: Visit, done: string | undefined): string | undefined {
  const { keep, book } = textsOf(visit).appSport.question.answers
  switch (done) {
    case 'keep-confirmed':
      return keep.confirmed
    case 'keep-skipped':
      return keep.skipped
    case 'book-confirmed':
      return book.confirmed
    case 'book-skipped':
      return book.skipped
    default:
      return undefined
  }
}
