import type { Child } from 'hono/jsx'
import { readId } from '../../../platform/id.ts'
import {
  type AnyRefusal,
  type Asked,
  askStudent,
  type StudentStub,
} from '../../../sport/student/ask-student.ts'
import type { Answer } from '../../../sport/student-types.ts'
import { type Texts, textsIn } from '../../../texts/index.ts'
import { AppPage, Form, Up } from '../app-page.tsx'
import { type FieldProblem, marked, ProblemText } from '../field-problem.tsx'
import type { AppContext, Visit } from '../visit.ts'

/** The path of the sport sections. */
export const SPORT = '/app/sport'

/** Every text of the visitor's language. */
export const textsOf = ({ chat }: Visit): Texts => textsIn(chat.language)

/** Calls the visitor's own object, never another's: no address or form says whose. */
export function ask<Value>(
  c: AppContext,
  call: (student: StudentStub) => Promise<Answer<Value>>,
): Promise<Asked<Value>> {
  const { chat, trace } = c.get('visit')
  return askStudent(c.env, chat.id, call, trace)
}

const statuses: Record<AnyRefusal, 403 | 404 | 409 | 422 | 429 | 503> = {
  'not-allowed': 403,
  'not-linked': 409,
  paused: 409,
  'not-found': 404,
  'too-late': 409,
  duplicate: 409,
  invalid: 422,
  'too-many': 429,
  unreachable: 503,
}

/** The page that says why a request was refused, with the next step. */
export function refused(c: AppContext, refusal: AnyRefusal): Response | Promise<Response> {
  const visit = c.get('visit')
  const { appSport: t, sportMenu } = textsOf(visit)
  const words: Record<AnyRefusal, string> = { ...sportMenu.refusals, unreachable: t.unreachable }
  return c.html(
    <AppPage visit={visit} title={t.tab} problem={words[refusal]}>
      {refusal === 'not-allowed' || refusal === 'unreachable' ? null : <Up href={SPORT}>{t.title}</Up>}
      <h1>{t.tab}</h1>
      {refusal === 'not-linked' && (
        <p class="actions">
          <a class="button" href={`${SPORT}/account`}>
            {t.account.heading}
          </a>
        </p>
      )}
    </AppPage>,
    statuses[refusal],
  )
}

/** Calls the visitor's object and goes on with its answer; a refusal is said. */
export async function withAnswer<Value>(
  c: AppContext,
  call: (student: StudentStub) => Promise<Answer<Value>>,
  goOn: (value: Value) => Response | Promise<Response>,
): Promise<Response> {
  const answer = await ask(c, call)
  return answer.ok ? goOn(answer.value) : refused(c, answer.refusal)
}

/** A form about sport: it carries a key of its own, so that a form sent twice is done once. */
export const SportForm = ({
  children,
  ...form
}: {
  visit: Visit
  action: string
  class?: string
  /** For a form that takes a file. */
  enctype?: 'multipart/form-data'
  children?: Child
}) => (
  <Form {...form}>
    <input type="hidden" name="key" value={crypto.randomUUID()} />
    {children}
  </Form>
)

/** The request key of a form's call: different for each of its buttons. */
export function requestKey(form: FormData): string {
  const key = String(form.get('key') ?? '')
  const known = /^[0-9a-f-]{36}$/.test(key) ? key : crypto.randomUUID()
  return `app:${known}:${String(form.get('do') ?? '').slice(0, 20)}`
}

/** A handler of an address with `:id`; one that is no number is not found. */
export const byId =
  (handler: (c: AppContext, id: number) => Response | Promise<Response>) =>
  (c: AppContext): Response | Promise<Response> => {
    const id = readId(c.req.param('id'))
    return id === null ? refused(c, 'not-found') : handler(c, id)
  }

/** Where the progress of a request can be followed. */
export const requestPath = (actionId: number): string => `${SPORT}/richieste/${actionId}`

/** After an accepted request: leads to its progress. */
export const showProgress =
  (c: AppContext) =>
  ({ actionId }: { actionId: number }): Response =>
    c.redirect(requestPath(actionId), 303)

/** The box of `Danger` was not ticked. */
export const unsure = (visit: Visit): FieldProblem => ({
  field: 'sure',
  text: textsOf(visit).appSport.booking.unsure,
})

/** True when the box of `Danger` was ticked. */
export const isSure = (form: FormData): boolean => form.get('sure') === 'yes'

/** A form for something that cannot be undone: folded, with a box to tick before the button. */
export const Danger = ({
  visit,
  action,
  verb,
  heading,
  text,
  sure,
  button,
  problem,
}: {
  visit: Visit
  action: string
  verb: string
  heading: string
  text: string
  sure: string
  button: string
  problem?: FieldProblem | undefined
}) => (
  <details class="group fold" open={problem?.field === 'sure'}>
    <summary>{heading}</summary>
    <SportForm visit={visit} action={action} class="stack">
      <p class="soft">{text}</p>
      <label class="check">
        <input type="checkbox" name="sure" value="yes" required {...marked(problem, 'sure')} />
        <span>{sure}</span>
      </label>
      <ProblemText problem={problem} field="sure" />
      <button type="submit" name="do" value={verb} class="danger">
        {button}
      </button>
    </SportForm>
  </details>
)
