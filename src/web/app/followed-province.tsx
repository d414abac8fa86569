import { Hono } from 'hono'
import { transact } from '../../db/database.ts'
import type { OutboundNudge } from '../../delivery/outbox.ts'
import { alternativeLinks } from '../../passport/alerts/alternatives.ts'
import { readIsDry } from '../../passport/follow/dry-provinces.ts'
import { endOfDay, mute, planFollow, unfollow } from '../../passport/follow/follow.ts'
import { type Follow, isFinished } from '../../passport/follow/follows.ts'
import { finish, forgetBooking, keepEarlier } from '../../passport/follow/own-appointment.ts'
import { checkDayBefore, checkPreferences, savePreferences } from '../../passport/follow/preferences-patch.ts'
import { chosenOffices, excludesEveryDay, officeKey } from '../../passport/follow/slot-filter.ts'
import { readForecastWords } from '../../passport/history/forecast-words.ts'
import { readListedOffices } from '../../passport/open-slots.ts'
import { type Province, provinceByCode } from '../../passport/provinces/provinces.ts'
import { describeError, log } from '../../platform/log.ts'
import { addDays, isRomeDate, romeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { readProvinceNow } from '../province/province-data.ts'
import { Now } from '../province/province-page.tsx'
import type { WebDeps } from '../site.ts'
import { AppPage, Form, Up } from './app-page.tsx'
import { type FieldProblem, marked, ProblemText } from './field-problem.tsx'
import { type AppContext, type AppTypes, type Visit, welcome } from './visit.ts'

/** The result of the last form, from the address. */
const NOTICES = [
  'started',
  'watched',
  'unread',
  'already',
  'removed',
  'muted',
  'unmuted',
  'stopped',
  'kept',
] as const

const noticeOf = ({ texts }: Visit, done: string | undefined): string | undefined => {
  const known = NOTICES.find((name) => name === done)
  return done === 'saved' ? texts.saved : known && texts.province[known]
}

/** How often the page is read again. */
const LIVE_SECONDS = 10

const Offices = ({
  visit,
  province,
  offices,
}: {
  visit: Visit
  province: Province
  offices: { id: string; name: string }[]
}) => {
  const t = visit.texts.province
  const chosen = chosenOffices(visit.chat, province.code)
  if (offices.length === 0) return <p class="empty">{t.officesNone}</p>
  return (
    <Form visit={visit} action={`/app/province/${province.code}`} class="settings">
      <fieldset>
        <legend>{t.offices}</legend>
        <p class="soft">{t.officesHint}</p>
        {offices.map(({ id, name }) => (
          <label class="check">
            <input
              type="checkbox"
              name="office"
              value={officeKey(province.code, id)}
              checked={chosen.includes(officeKey(province.code, id))}
            />
            <span>{name}</span>
          </label>
        ))}
      </fieldset>
      <button type="submit" name="do" value="offices">
        {t.save}
      </button>
    </Form>
  )
}

/** "Ho prenotato": no more alerts, or only of earlier dates. */
const Booked = ({
  visit,
  province,
  follow,
  problem,
}: {
  visit: Visit
  province: Province
  follow: Follow
  problem: FieldProblem | undefined
}) => {
  const t = visit.texts.booked
  const { booked, dates, filters } = textsIn(visit.site.language)
  const { bookedDate } = follow
  const action = `/app/province/${province.code}`
  if (bookedDate !== null) {
    const day = dates.full(bookedDate)
    return (
      <section aria-labelledby="booked">
        <h2 id="booked">{t.heading}</h2>
        <p>{bookedDate === '' ? booked.statusStopped : booked.statusKept(day)}</p>
        {bookedDate !== '' && <p class="soft">{booked.warning(day)}</p>}
        {bookedDate !== '' && excludesEveryDay({ ...visit.chat, bookedDate }, romeDate(visit.site.now)) && (
          <p>{filters.never}</p>
        )}
        <Form visit={visit} action={action} class="actions">
          <button type="submit" name="do" value="booked-off" class="quiet">
            {booked.again}
          </button>
        </Form>
      </section>
    )
  }
  return (
    <details class="group fold" open={problem !== undefined}>
      <summary>{booked.button}</summary>
      <Form visit={visit} action={action} class="stack">
        <p>{t.explanation}</p>
        <button type="submit" name="do" value="booked-stop" class="quiet">
          {t.stop}
        </button>
        <label>
          {t.date}
          <input
            type="date"
            name="bookedDate"
            min={addDays(romeDate(visit.site.now), 1)}
            {...marked(problem, 'bookedDate')}
          />
          <ProblemText problem={problem} field="bookedDate" />
        </label>
        <button type="submit" name="do" value="booked-keep" class="quiet">
          {t.keep}
        </button>
        <p class="soft">{t.warning}</p>
      </Form>
    </details>
  )
}

/** Other ways to a passport, with links to the official pages. */
const Alternatives = ({ visit, province }: { visit: Visit; province: Province }) => {
  const texts = textsIn(visit.site.language)
  const { none, post, agenda } = texts.alternatives
  return (
    <section>
      <p>{none(province.name)}</p>
      <p>{post}</p>
      <p>{agenda}</p>
      <p>
        {alternativeLinks(texts, visit.settings.PORTAL_ORIGIN).map(({ text, url }) => (
          <>
            <a href={url} rel="noopener">
              {text}
            </a>{' '}
          </>
        ))}
      </p>
    </section>
  )
}

async function show(c: AppContext, province: Province, problem?: FieldProblem): Promise<Response> {
  const visit = c.get('visit')
  const { texts, site, db, settings, chat } = visit
  const follow = visit.follows.find((one) => one.province === province.code)
  const filter = { ...chat, bookedDate: follow?.bookedDate ?? null }
  const [now, offices, forecast, isDry] = await Promise.all([
    readProvinceNow(db, province.code, site.now),
    readListedOffices(db, province.code),
    follow && !isFinished(follow) ? readForecastWords(db, filter, province.code, site.now) : null,
    readIsDry(db, province.code, site.now),
  ])
  const t = texts.province
  const finished = follow !== undefined && isFinished(follow)
  const muted = follow?.mutedUntil != null && follow.mutedUntil > site.now
  return c.html(
    <AppPage
      visit={visit}
      title={province.name}
      notice={noticeOf(visit, c.req.query('done'))}
      live={LIVE_SECONDS}
    >
      <Up href="/app/province">{texts.tabs.provinces}</Up>
      <h1>{province.name}</h1>
      {follow && !finished && <p class="soft">{t.followed}</p>}
      <Form visit={visit} action={`/app/province/${province.code}`} class="actions">
        {follow ? (
          <>
            {!finished && (
              <button type="submit" name="do" value={muted ? 'unmute' : 'mute'} class={muted ? '' : 'quiet'}>
                {muted ? t.unmute : t.mute}
              </button>
            )}
            <button type="submit" name="do" value="unfollow" class="quiet">
              {t.unfollow}
            </button>
          </>
        ) : (
          <button type="submit" name="do" value="follow">
            {t.follow}
          </button>
        )}
      </Form>
      <section aria-labelledby="now">
        <h2 id="now">{site.texts.province.openHeading}</h2>
        <div id="live">
          <Now site={site} province={province} now={now} portal={settings.PORTAL_ORIGIN} bot={null} />
        </div>
      </section>
      {forecast && (
        <section aria-labelledby="forecast">
          <h2 id="forecast">{textsIn(site.language).forecast.heading}</h2>
          {forecast.map((line) => (
            <p>{line}</p>
          ))}
        </section>
      )}
      {isDry && <Alternatives visit={visit} province={province} />}
      {follow && <Booked visit={visit} province={province} follow={follow} problem={problem} />}
      {follow && <Offices visit={visit} province={province} offices={offices} />}
    </AppPage>,
    problem ? 422 : 200,
  )
}

/** Follows the province and, like the chat's button, reads it at once or sends a summary, in the background. */
async function follow(c: AppContext, province: Province, pollNow: WebDeps['pollNow']): Promise<string> {
  const visit = c.get('visit')
  const { db, site, trace, chat } = visit
  const plan = await planFollow(db, { chatId: chat.id, province: province.code, now: site.now, trace })
  await transact(db, [...welcome(visit), ...plan.statements])
  const background = (what: string, work: Promise<unknown>) =>
    c.executionCtx.waitUntil(
      work.catch((error) =>
        log('warn', 'background-work-failed', { what, error: describeError(error), trace }),
      ),
    )
  if (plan.outcome === 'started') background('poll-now', pollNow(c.env, province.code))
  const nudge: OutboundNudge = { version: 1, trace }
  if (plan.outcome === 'watched') background('nudge-sender', c.env.OUTBOUND.send(nudge))
  return plan.outcome
}

/** Keeps the choice of offices in other provinces. */
async function chooseOffices(visit: Visit, province: Province, form: FormData): Promise<string> {
  const { chat, db, site } = visit
  const others = (chat.onlyOffices ?? []).filter((key) => !key.startsWith(`${province.code}:`))
  const chosen = form.getAll('office').map(String)
  const own = chosen.filter((key) => key.startsWith(`${province.code}:`))
  const checked = checkPreferences(chat, { onlyOffices: [...others, ...own] }, site.now)
  if (checked.ok) await transact(db, savePreferences(db, chat, checked.patch, site.now))
  return checked.ok ? 'saved' : ''
}

/** What is wrong with the day of an appointment; undefined: nothing, or the form has none. */
function bookedProblem({ site }: Visit, form: FormData): FieldProblem | undefined {
  if (form.get('do') !== 'booked-keep') return undefined
  const { booked, settings } = textsIn(site.language)
  const date = String(form.get('bookedDate') ?? '')
  const standing = isRomeDate(date) ? checkDayBefore(date, romeDate(site.now)) : 'wrong'
  if (standing === 'ok') return undefined
  return { field: 'bookedDate', text: standing === 'wrong' ? settings.beforeWrong : booked[standing] }
}

async function change(c: AppContext, province: Province, pollNow: WebDeps['pollNow']): Promise<string> {
  const visit = c.get('visit')
  const { db, chat, site } = visit
  const form = c.get('form')
  switch (form.get('do')) {
    case 'follow':
      return follow(c, province, pollNow)
    case 'unfollow':
      await transact(db, [unfollow(chat.id, province.code)])
      return 'removed'
    case 'mute':
      await transact(db, [mute(chat.id, province.code, endOfDay(site.now))])
      return 'muted'
    case 'unmute':
      await transact(db, [mute(chat.id, province.code, null)])
      return 'unmuted'
    case 'booked-stop':
      await transact(db, [finish(chat.id, province.code, site.now)])
      return 'stopped'
    case 'booked-keep':
      await transact(db, [keepEarlier(chat.id, province.code, String(form.get('bookedDate')), site.now)])
      return 'kept'
    case 'booked-off': {
      const followed = visit.follows.find((one) => one.province === province.code)
      if (followed && isFinished(followed)) return follow(c, province, pollNow)
      await transact(db, [forgetBooking(chat.id, province.code)])
      return 'saved'
    }
    case 'offices':
      return chooseOffices(visit, province, form)
    default:
      return ''
  }
}

/** One province: follow it, mute it, choose its offices. */
export const provincePage = ({ pollNow }: Pick<WebDeps, 'pollNow'>) =>
  new Hono<AppTypes>()
    .get('/app/province/:code', async (c, next) => {
      const province = provinceByCode(c.req.param('code'))
      return province ? show(c, province) : next()
    })
    .post('/app/province/:code', async (c, next) => {
      const province = provinceByCode(c.req.param('code'))
      if (!province) return next()
      const problem = bookedProblem(c.get('visit'), c.get('form'))
      if (problem) return show(c, province, problem)
      const done = await change(c, province, pollNow)
      return c.redirect(`/app/province/${province.code}${done && `?done=${done}`}`, 303)
    })
