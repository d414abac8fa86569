import { Hono } from 'hono'
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
  textsOf,
  withAnswer,
} from './sport-visit.tsx'

/** How many of the last requests are listed. */
const LISTED = 20

/** How often the page of an open request is read again, with scripts and without. */
const LIVE_SECONDS = 1.5
const REFRESH_SECONDS = 4

const isOpen = ({ status }: ActionView): boolean => status === 'pending' || status === 'processing'

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
        {action.withdrawable && action.status === 'pending' && (
          <SportForm visit={visit} action={requestPath(action.id)} class="actions">
            <button type="submit" name="do" value="withdraw" class="quiet">
              {t.withdraw}
            </button>
          </SportForm>
        )}
        {!open && (
          <p class="actions">
            {action.kind === 'link' && action.status !== 'completed' ? (
              <a class="button" href={`${SPORT}/account`}>
                {t.toAccount}
              </a>
            ) : (
              <a class="button" href={SPORT}>
                {t.toWeek}
              </a>
            )}
          </p>
        )}
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

/** Booking requests: their progress, withdrawing one. */
export const requestPages = new Hono<AppTypes>()
  .get(`${SPORT}/richieste`, (c) =>
    withAnswer(
      c,
      (student) => student.lastActions(LISTED),
      (actions) => c.html(<RequestsPage visit={c.get('visit')} actions={actions} />),
    ),
  )
  .get(`${SPORT}/richieste/:id`, byId(show))
  .post(`${SPORT}/richieste/:id`, byId(withdraw))
