import { Hono } from 'hono'
import { addDays, dayOfWeek, isRomeDate, type RomeDate, romeDate, romeTime } from '../../../platform/time.ts'
import { costs } from '../../../sport/costs.ts'
import type { AccountView, ActionView, WeeklyView } from '../../../sport/student-types.ts'
import { standing } from '../../../sport/wording.ts'
import { shortDay, weekdayNames } from '../../words.ts'
import { AppPage } from '../app-page.tsx'
import { costly } from '../costly.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { type Entry, mondayOf, weekOf } from './calendar.ts'
import {
  ask,
  refused,
  requestKey,
  requestPath,
  SPORT,
  SportForm,
  showProgress,
  textsOf,
  withAnswer,
} from './sport-visit.tsx'
import { weeklyTitle } from './weekly-page.tsx'

/** How many weeks ahead are shown: as many as the object returns. */
const LAST_WEEK = 7
/** How many of the last requests are searched for open ones. */
const LOOKED_AT = 30

const paths = { booking: 'prenotazioni', weekly: 'periodiche', request: 'richieste' } as const

function noteOf(visit: Visit, entry: Entry, weekly: readonly WeeklyView[]): string {
  const { appSport: t } = textsOf(visit)
  const { state, opensAt, leadsTo } = entry
  if (state !== 'planned') return t.states[state]
  const rule = weekly.find(({ id }) => id === leadsTo.id)
  if (rule?.policy === 'ask-then-book') return t.states.plannedAsk
  if (opensAt === null || opensAt <= visit.site.now) return t.states.booking
  return t.states.planned(shortDay(visit.site.language, romeDate(opensAt)), romeTime(opensAt))
}

const EntryCard = ({
  visit,
  entry,
  weekly,
}: {
  visit: Visit
  entry: Entry
  weekly: readonly WeeklyView[]
}) => (
  <li>
    <a class={`lesson ${entry.state}`} href={`${SPORT}/${paths[entry.leadsTo.kind]}/${entry.leadsTo.id}`}>
      <time datetime={`${entry.date}T${entry.start}`}>{entry.start}</time>
      <b>{entry.name}</b>
      {entry.location !== '' && entry.location !== entry.name && <span class="detail">{entry.location}</span>}
      <span class="state">{noteOf(visit, entry, weekly)}</span>
    </a>
  </li>
)

const Week = ({
  visit,
  days,
  weekly,
}: {
  visit: Visit
  days: ReturnType<typeof weekOf>
  weekly: readonly WeeklyView[]
}) => {
  const { appSport: t } = textsOf(visit)
  const { language, now } = visit.site
  const [short, long] = [weekdayNames(language, 'short'), weekdayNames(language, 'long')]
  const today = romeDate(now)
  return (
    <ol class="week">
      {days.map(({ date, entries }) => {
        const day = dayOfWeek(date) - 1
        return (
          <li
            class={['day', date < today && 'past', entries.length === 0 && 'free'].filter(Boolean).join(' ')}
            aria-current={date === today ? 'date' : undefined}
          >
            <h3>
              <span aria-hidden="true">{short[day]}</span>
              <span class="visually-hidden">{long[day]}</span>{' '}
              <b class="day-number">{Number(date.slice(8))}</b>
              {date === today && <span class="visually-hidden">, {t.today}</span>}
            </h3>
            {entries.length > 0 && (
              <ul>
                {entries.map((entry) => (
                  <EntryCard visit={visit} entry={entry} weekly={weekly} />
                ))}
              </ul>
            )}
          </li>
        )
      })}
    </ol>
  )
}

/** Links to the previous and the next week, where there is something to show. */
const Weeks = ({ visit, monday }: { visit: Visit; monday: RomeDate }) => {
  const { appSport: t } = textsOf(visit)
  const { language, now } = visit.site
  const first = mondayOf(romeDate(now))
  const link = (date: RomeDate) => (date === first ? SPORT : `${SPORT}?settimana=${date}`)
  const [before, after] = [addDays(monday, -7), addDays(monday, 7)]
  return (
    <nav class="weeks" aria-label={t.title}>
      {before >= first ? (
        <a href={link(before)} aria-label={t.earlier}>
          ‹
        </a>
      ) : (
        <span />
      )}
      <h2>
        {monday === first
          ? t.thisWeek
          : t.weekOf(shortDay(language, monday), shortDay(language, addDays(monday, 6)))}
      </h2>
      {after <= addDays(first, 7 * LAST_WEEK) ? (
        <a href={link(after)} aria-label={t.later}>
          ›
        </a>
      ) : (
        <span />
      )}
    </nav>
  )
}

const UnderWay = ({ visit, actions }: { visit: Visit; actions: readonly ActionView[] }) => {
  const texts = textsOf(visit)
  const open = actions.filter(({ status }) => status === 'pending' || status === 'processing')
  if (open.length === 0) return null
  return (
    <section>
      <h2>{texts.appSport.request.heading}</h2>
      <ul class="group rows">
        {open.map((action) => (
          <li>
            <a href={requestPath(action.id)}>
              <b>{action.target ? texts.sport.classLine(action.target) : texts.sport.kinds[action.kind]}</b>
              <span class="detail">{standing(texts, action)}</span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}

const More = ({ visit, account }: { visit: Visit; account: AccountView }) => {
  const { appSport: t } = textsOf(visit)
  const rows = [
    ['account', t.account.title, t.account.states[account.state]],
    ['avvisi', t.preferences.title, ''],
    ['calendario', t.feed.title, ''],
    ['richieste', t.request.all, ''],
    ['storico', t.history.title, ''],
  ] as const
  return (
    <section>
      <h2>{t.more}</h2>
      <ul class="group rows">
        {rows.map(([path, title, detail]) => (
          <li>
            <a href={`${SPORT}/${path}`}>
              <b>{title}</b>
              {detail && <span class="detail">{detail}</span>}
            </a>
          </li>
        ))}
      </ul>
      <SportForm visit={visit} action={SPORT} class="actions">
        <button type="submit" name="do" value="check" class="quiet">
          {t.reread}
        </button>
        <button type="submit" name="do" value={account.paused ? 'resume' : 'pause'} class="quiet">
          {account.paused ? t.resumeAll : t.pauseAll}
        </button>
      </SportForm>
    </section>
  )
}

const Weekly = ({ visit, weekly }: { visit: Visit; weekly: readonly WeeklyView[] }) => {
  const texts = textsOf(visit)
  const { appSport: t } = texts
  return (
    <section>
      <h2>{t.weekly.heading}</h2>
      {weekly.length === 0 ? (
        <p class="empty">{t.weekly.none}</p>
      ) : (
        <ul class="group rows">
          {weekly.map((rule) => (
            <li>
              <a href={`${SPORT}/periodiche/${rule.id}`}>
                <b>{weeklyTitle(visit, rule)}</b>
                <span class="detail">
                  {rule.paused
                    ? t.weekly.paused
                    : rule.next && t.weekly.next(shortDay(visit.site.language, rule.next.date))}
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** The Monday in the address, if it can be shown; else this week's. */
function askedWeek(asked: string | undefined, now: number): RomeDate {
  const first = mondayOf(romeDate(now))
  if (asked === undefined || !isRomeDate(asked)) return first
  const monday = mondayOf(asked)
  return monday >= first && monday <= addDays(first, 7 * LAST_WEEK) ? monday : first
}

async function show(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const { appSport: t } = textsOf(visit)
  const { now } = visit.site
  const monday = askedWeek(c.req.query('settimana'), now)
  const overview = await ask(c, (student) => student.overview(LAST_WEEK + 1, LOOKED_AT))
  if (!overview.ok) return refused(c, overview.refusal)
  const { account, bookings, occurrences, weekly, actions } = overview.value
  if (account.state === 'none' && bookings.length === 0) return c.redirect(`${SPORT}/account`, 303)
  const days = weekOf({ bookings, occurrences, actions }, monday)
  const empty = days.every(({ entries }) => entries.length === 0)
  return c.html(
    <AppPage visit={visit} title={t.title} wide problem={account.paused ? t.paused : undefined}>
      <div class="title-row">
        <h1>{t.title}</h1>
        <a class="button" href={`${SPORT}/corsi`}>
          {t.newBooking}
        </a>
      </div>
      <Weeks visit={visit} monday={monday} />
      <Week visit={visit} days={days} weekly={weekly} />
      {empty && <p class="soft">{t.none}</p>}
      <div class="columns">
        <div>
          <UnderWay visit={visit} actions={actions} />
          <Weekly visit={visit} weekly={weekly} />
        </div>
        <More visit={visit} account={account} />
      </div>
    </AppPage>,
  )
}

/** The week with bookings made and planned, and links to everything else about sport. */
export const weekPage = new Hono<AppTypes>().get(SPORT, show).post(SPORT, async (c) => {
  const form = c.get('form')
  const key = requestKey(form)
  if (form.get('do') === 'check')
    return costly(c, costs.check, () => withAnswer(c, (student) => student.check(key), showProgress(c)))
  const changed = await ask(c, (student) =>
    form.get('do') === 'pause' ? student.pauseAll(key) : student.resumeAll(key),
  )
  return changed.ok ? c.redirect(SPORT, 303) : refused(c, changed.refusal)
})
