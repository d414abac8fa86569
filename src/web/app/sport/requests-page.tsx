import { Hono } from 'hono'
import { stepsAfter, watchAgain } from '../../../sport/next-steps.ts'
import type { ActionView } from '../../../sport/student-types.ts'
import { standing } from '../../../sport/wording.ts'
import { AppPage, Up } from '../app-page.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import {
  ask,
  byId,
  refused,
  requestKey,
  requestPath,
  SPORT,
  SportForm,
  showProgress,
  textsOf,
  withAnswer,
} from './sport-visit.tsx'

/** How many of the last requests are listed. */
const LISTED = 20

/** How often the page of an open request is read again, with scripts and without. */
const LIVE_SECONDS = 1.5
const REFRESH_SECONDS = 4

const isOpen = ({ status }: ActionView): boolean => status === 'pending' || status === 'processing'

/** What can be done next: links, and a form for what asks for something. */
const NextSteps = ({ visit, action }: { visit: Visit; action: ActionView }) => {
  const { sport, appSport } = textsOf(visit)
  const { next } = sport
  const { id, booking } = action
  const Do = ({ verb, text }: { verb: string; text: string }) => (
    <SportForm visit={visit} action={requestPath(id)}>
      <button type="submit" name="do" value={verb} class={verb === 'withdraw' ? 'quiet' : undefined}>
        {text}
      </button>
    </SportForm>
  )
  const To = ({ path, text, quiet = false }: { path: string; text: string; quiet?: boolean }) => (
    <a class={quiet ? 'button quiet' : 'button'} href={`${SPORT}${path}`}>
      {text}
    </a>
  )
  const steps = {
    withdraw: () => <Do verb="withdraw" text={appSport.request.withdraw} />,
    wait: () => <Do verb="wait" text={next.wait} />,
    link: () => <To path="/account" text={next.link} />,
    mine: () => <To path="" text={appSport.request.toWeek} quiet />,
    cancel: () => <To path={`/prenotazioni/${booking?.id ?? 0}`} text={next.cancel} quiet />,
    another: () => <To path="/corsi" text={next.another} />,
    first: () => <To path="/corsi" text={next.first} />,
  }
  return <div class="actions">{stepsAfter(action).flatMap((row) => row.map((step) => steps[step]()))}</div>
}

const RequestPage = ({ visit, action }: { visit: Visit; action: ActionView }) => {
  const texts = textsOf(visit)
  const { request: t } = texts.appSport
  const about = action.booking ?? action.target
  const open = isOpen(action)
  return (
    <AppPage
      visit={visit}
      title={t.title(action.id)}
      live={open ? LIVE_SECONDS : undefined}
      refresh={open ? REFRESH_SECONDS : undefined}
    >
      <Up href={`${SPORT}/richieste`}>{t.all}</Up>
      <h1>{texts.sport.kinds[action.kind]}</h1>
      {about && <p>{texts.sport.classLine(about)}</p>}
      <div id="live" aria-live="polite">
        <p class={`group standing ${action.status}`}>{standing(texts, action)}</p>
        {open && <p class="soft">{t.keepsOn}</p>}
        <NextSteps visit={visit} action={action} />
      </div>
    </AppPage>
  )
}

const RequestsPage = ({ visit, actions }: { visit: Visit; actions: readonly ActionView[] }) => {
  const texts = textsOf(visit)
  const { request: t, title } = texts.appSport
  return (
    <AppPage visit={visit} title={t.all}>
      <Up href={SPORT}>{title}</Up>
      <h1>{t.all}</h1>
      {actions.length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <ul class="group rows">
          {actions.map((action) => {
            const about = action.booking ?? action.target
            return (
              <li>
                <a href={requestPath(action.id)}>
                  <b>
                    {texts.sport.kinds[action.kind]}
                    {about && ` · ${texts.sport.classLine(about)}`}
                  </b>
                  <span class="detail">{standing(texts, action)}</span>
                </a>
              </li>
            )
          })}
        </ul>
      )}
    </AppPage>
  )
}

const show = (c: AppContext, id: number): Promise<Response> =>
  withAnswer(
    c,
    (student) => student.action(id),
    (action) => c.html(<RequestPage visit={c.get('visit')} action={action} />),
  )

async function withdraw(c: AppContext, id: number): Promise<Response> {
  const withdrawn = await ask(c, (student) => student.withdraw(requestKey(c.get('form')), id))
  // Too late: it runs or is over, and its page shows that.
  if (!withdrawn.ok && withdrawn.refusal !== 'too-late') return refused(c, withdrawn.refusal)
  return c.redirect(requestPath(id), 303)
}

/** Asks once more for a class that was full: the first place that is given back is taken. */
const waitForPlace = (c: AppContext, id: number): Promise<Response> =>
  withAnswer(
    c,
    (student) => student.action(id),
    (action) => {
      const again = watchAgain(action)
      if (!again) return c.redirect(requestPath(id), 303)
      return withAnswer(
        c,
        (student) => student.book({ requestKey: requestKey(c.get('form')), ...again }),
        showProgress(c),
      )
    },
  )

const change = (c: AppContext, id: number): Promise<Response> =>
  c.get('form').get('do') === 'wait' ? waitForPlace(c, id) : withdraw(c, id)

/** Booking requests: their progress, their next steps, withdrawing one. */
export const requestPages = new Hono<AppTypes>()
  .get(`${SPORT}/richieste`, (c) =>
    withAnswer(
      c,
      (student) => student.lastActions(LISTED),
      (actions) => c.html(<RequestsPage visit={c.get('visit')} actions={actions} />),
    ),
  )
  .get(`${SPORT}/richieste/:id`, byId(show))
  .post(`${SPORT}/richieste/:id`, byId(change))
