import { Hono } from 'hono'
import { transact } from '../../db/database.ts'
import { reportFalseAlarm } from '../../passport/alerts/false-alarms.ts'
import { isReconstructed, missesNotices, openingWords } from '../../passport/alerts/opening-words.ts'
import { readRecentOpenings } from '../../passport/alerts/recent-openings.ts'
import { alertObstacles } from '../../passport/follow/alert-obstacles.ts'
import { readFollowStatus } from '../../passport/follow/follow-status.ts'
import { textsIn } from '../../texts/index.ts'
import { AppPage, Form, Up } from './app-page.tsx'
import { type AppContext, type AppTypes, welcome } from './visit.ts'

const PATH = '/app/province/perche'

async function show(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const { site, db, chat } = visit
  const texts = textsIn(chat.language)
  const [status, openings] = await Promise.all([
    readFollowStatus(db, chat.id, site.now),
    readRecentOpenings(db, chat, site.now),
  ])
  const t = texts.why
  const found = alertObstacles(texts, chat, status, site.now)
  const follows = status.provinces.length > 0
  return c.html(
    <AppPage
      visit={visit}
      title={t.title}
      notice={c.req.query('done') === 'reported' ? texts.alerts.falseAlarmThanks : undefined}
    >
      <Up href="/app/province">{visit.texts.tabs.provinces}</Up>
      <h1>{t.title}</h1>
      {follows ? (
        (found.length > 0 ? found : [t.fine]).map((line) => <p>{line}</p>)
      ) : (
        <p class="empty">{texts.passport.statusNone}</p>
      )}
      {follows && (
        <section aria-labelledby="recent">
          <h2 id="recent">{t.recent}</h2>
          {openings.length === 0 ? (
            <p class="empty">{t.recentNone}</p>
          ) : (
            <ul class="group rows">
              {openings.map((opening) => {
                const words = openingWords(texts, chat, opening, site.now)
                return (
                  <li class="row">
                    <b>{words.where}</b> <span class="detail">{words.seen}</span>
                    {words.notice !== null && <span class="detail">{words.notice}</span>}
                    {words.lines.map(({ mark, slots, outcome }) => (
                      <span class="detail">
                        <span aria-hidden="true">{mark}</span> {slots}: {outcome}
                      </span>
                    ))}
                    {opening.reportable?.reported === true && <span class="detail">{t.reported}</span>}
                    {opening.reportable?.reported === false && (
                      <Form visit={visit} action={PATH} class="detail">
                        <input type="hidden" name="alert" value={opening.reportable.alertId} />
                        <button type="submit" class="quiet">
                          {texts.alerts.falseAlarm}
                        </button>
                      </Form>
                    )}
                  </li>
                )
              })}
            </ul>
          )}
          {missesNotices(chat, openings) && <p class="soft">{texts.early.hint}</p>}
          {isReconstructed(openings) && <p class="soft">{t.presentChoices}</p>}
        </section>
      )}
    </AppPage>,
  )
}

/** Saves the report that an alert was false. */
async function report(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const alertId = String(c.get('form').get('alert') ?? '')
  await transact(visit.db, [...welcome(visit), reportFalseAlarm(visit.chat.id, alertId, visit.site.now)])
  return c.redirect(`${PATH}?done=reported`, 303)
}

/** Why alerts do not come, and what became of the last slots, as `/perche` says in the chat. */
export const whyPage = new Hono<AppTypes>().get(PATH, show).post(PATH, report)
