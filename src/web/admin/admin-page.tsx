import type { Child } from 'hono/jsx'
import { DATABASE_LIMIT } from '../../ops/vitals.ts'
import { provinceName } from '../../passport/provinces/provinces.ts'
import { BROWSERS } from '../../passport/sessions/paired-browsers.ts'
import { duration } from '../../platform/duration.ts'
import { SECOND } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { Ago } from '../ago-time.tsx'
import { AppPage } from '../app/app-page.tsx'
import type { Visit } from '../app/visit.ts'
import type { Site } from '../site.ts'
import { dayAndTime, decimal, dollars, percent } from '../words.ts'
import type { Dashboard } from './admin-data.ts'
import { BillSection } from './bill.tsx'
import type { Span } from './periods.ts'
import { allSeries, Plot } from './plots.tsx'
import type { Shown } from './shown.ts'
import { SportSection } from './sport-section.tsx'

const Figure = ({ name, note, children }: { name: string; note?: string; children: Child }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
    {note && <dd class="soft">{note}</dd>}
  </div>
)

const When = ({ site, at, never }: { site: Site; at: number | null; never: string }) =>
  at === null ? <span>{never}</span> : <Ago site={site} at={at} />

const Now = ({ site, texts, dashboard }: Shown) => {
  const t = texts.now
  const { vitals, bill } = dashboard
  const number = (value: number, decimals = 0) => decimal(site.language, value, decimals)
  const since = (at: number | null) => duration(site.language, Math.max(0, site.now - (at ?? site.now)))
  return (
    <section aria-labelledby="now">
      <h2 id="now">{t.heading}</h2>
      <dl class="figures">
        <Figure name={t.round}>
          <When site={site} at={vitals.lastGoodRoundAt} never={texts.never} />
        </Figure>
        <Figure name={t.tick}>
          <When site={site} at={vitals.lastTickAt} never={texts.never} />
        </Figure>
        <Figure name={t.sessions} note={t.dead(vitals.deadSessions)}>
          {number(vitals.goodSessions)}
        </Figure>
        <Figure name={t.waiting} note={t.breakdown(vitals.claimed, vitals.held)}>
          {number(vitals.queued)}
        </Figure>
        <Figure name={t.oldest}>{since(vitals.dueSince)}</Figure>
        <Figure name={t.alerts} note={vitals.alertSince === null ? '' : t.for(since(vitals.alertSince))}>
          {number(dashboard.alerts)}
        </Figure>
        <Figure name={t.letters}>{number(vitals.deadLetters)}</Figure>
        <Figure name={t.chats}>{number(dashboard.chats)}</Figure>
        <Figure name={t.students}>{number(dashboard.students)}</Figure>
        <Figure name={t.database} note={t.ofRoom(number(DATABASE_LIMIT / 1e9))}>
          {vitals.databaseBytes === null ? '–' : `${number(vitals.databaseBytes / 1e6, 1)} MB`}
        </Figure>
        <Figure name={t.cost}>{dollars(site.language, bill.total)}</Figure>
      </dl>
    </section>
  )
}

const Plots = ({ site, texts, dashboard, span }: Shown & { span: Span }) => {
  const t = texts.plots
  const spans = [
    ['day', '/admin', t.day],
    ['month', '/admin?periodo=mese', t.month],
  ] as const
  return (
    <section aria-labelledby="plots">
      <h2 id="plots">{t.heading}</h2>
      <nav class="spans" aria-label={t.span}>
        {spans.map(([which, href, name]) => (
          <a href={`${href}#plots`} aria-current={which === span ? 'true' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <div class="plots">
        {allSeries.map((series) => (
          <Plot site={site} texts={t} span={span} series={series} counted={dashboard.series} />
        ))}
      </div>
    </section>
  )
}

const Sessions = ({ site, texts, dashboard }: Shown) => {
  const t = texts.sessions
  const endOf = (id: number) => {
    const end = dashboard.sessionEnds.get(id)
    return end ? dayAndTime(site.language, end) : '–'
  }
  return (
    <section aria-labelledby="sessions">
      <h2 id="sessions">{t.heading}</h2>
      {dashboard.sessions.length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <section class="scroll" tabindex={0} aria-label={`${t.heading}, ${texts.table}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.id}</th>
                <th scope="col">{t.health}</th>
                <th scope="col">{t.created}</th>
                <th scope="col">{t.lastGood}</th>
                <th scope="col">{t.end}</th>
              </tr>
            </thead>
            <tbody>
              {dashboard.sessions.map(({ id, health, createdAt, lastGoodAt }) => (
                <tr>
                  <th scope="row">{id}</th>
                  <td class={health === 'good' ? undefined : 'warning'}>{t[health]}</td>
                  <td>
                    <Ago site={site} at={createdAt} />
                  </td>
                  <td>
                    <Ago site={site} at={lastGoodAt} />
                  </td>
                  <td>{endOf(id)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

const Browsers = ({ site, texts, dashboard }: Shown) => {
  const t = texts.browsers
  if (dashboard.browsers.length === 0) return null
  return (
    <section aria-labelledby="browsers">
      <h2 id="browsers">{t.heading}</h2>
      <p class="soft">{t.unpair}</p>
      <section class="scroll" tabindex={0} aria-label={`${t.heading}, ${texts.table}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.browser}</th>
              <th scope="col">{t.created}</th>
              <th scope="col">{t.lastUsed}</th>
            </tr>
          </thead>
          <tbody>
            {dashboard.browsers.map(({ browser, createdAt, lastUsedAt }) => (
              <tr>
                <th scope="row">{BROWSERS[browser]}</th>
                <td>
                  <Ago site={site} at={createdAt} />
                </td>
                <td>
                  <Ago site={site} at={lastUsedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

const Readings = ({ site, texts, dashboard }: Shown) => {
  const t = texts.readings
  const { plan } = dashboard
  const number = (value: number, decimals = 0) => decimal(site.language, value, decimals)
  const planned = new Map(plan?.provinces.map((one) => [one.code, one]))
  const why = (code: string) => {
    const one = planned.get(code)
    if (!one) return '–'
    const worth = t.worth(number(one.followers), number(one.slotsPerHour, 1))
    return `${t.reasons[one.reason]}: ${worth}`
  }
  const every = (code: string) => {
    const one = planned.get(code)
    return one ? `${number(one.interval / SECOND)} s` : '–'
  }
  return (
    <section aria-labelledby="readings">
      <h2 id="readings">{t.heading}</h2>
      {plan && <p class="soft">{t.requests(number(plan.spent), number(plan.left))}</p>}
      {dashboard.readings.length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <section class="scroll tall" tabindex={0} aria-label={`${t.heading}, ${texts.table}`}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t.province}</th>
                <th scope="col">{t.last}</th>
                <th scope="col">{t.read}</th>
                <th scope="col">{t.failures}</th>
                <th scope="col">{t.interval}</th>
                <th scope="col">{t.reason}</th>
              </tr>
            </thead>
            <tbody>
              {dashboard.readings.map(({ code, lastReadAt, lastAttemptAt, failures, lastFailure }) => (
                <tr>
                  <th scope="row">{provinceName(code)}</th>
                  <td class={lastFailure === null ? undefined : 'warning'}>
                    {lastAttemptAt === null ? t.pending : lastFailure === null ? t.ok : t.failed}
                    {lastFailure !== null && `: ${t.why[lastFailure] ?? lastFailure}`}
                  </td>
                  <td>
                    <When site={site} at={lastReadAt} never={texts.never} />
                  </td>
                  <td>{failures}</td>
                  <td>{every(code)}</td>
                  <td>{why(code)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  )
}

const FalseAlarms = ({ site, texts, dashboard }: Shown) => {
  const t = texts.falseAlarms
  if (dashboard.falseAlarms.length === 0) return null
  return (
    <section aria-labelledby="false-alarms">
      <h2 id="false-alarms">{t.heading}</h2>
      <section class="scroll" tabindex={0} aria-label={`${t.heading}, ${texts.table}`}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t.office}</th>
              <th scope="col">{t.reported}</th>
              <th scope="col">{t.secondReading}</th>
            </tr>
          </thead>
          <tbody>
            {dashboard.falseAlarms.map(({ province, office, reported, alerts, unsteady }) => (
              <tr>
                <th scope="row">{`${provinceName(province)}, ${office}`}</th>
                <td>{t.rate(reported, alerts, percent(site.language, reported / alerts))}</td>
                <td class={unsteady ? 'warning' : undefined}>{unsteady ? t.yes : t.no}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  )
}

/** The operators' dashboard. */
export const AdminPage = ({ visit, dashboard, span }: { visit: Visit; dashboard: Dashboard; span: Span }) => {
  const { site } = visit
  const { admin: texts } = textsIn(site.language)
  const shown = { site, texts, dashboard }
  const { pausedSince } = dashboard.vitals
  return (
    <AppPage visit={visit} title={texts.title} wide>
      <h1>{texts.title}</h1>
      {dashboard.incidents.length === 0 && pausedSince === null && <p class="verdict">{texts.good}</p>}
      {dashboard.incidents.map((incident) => (
        <p class="verdict slow">{texts.incidents[incident]}</p>
      ))}
      {pausedSince !== null && (
        <p class="verdict paused">
          {texts.pausedSince} <Ago site={site} at={pausedSince} />
        </p>
      )}
      <Now {...shown} />
      <Plots {...shown} span={span} />
      <div class="columns">
        <Readings {...shown} />
        <Sessions {...shown} />
        <Browsers {...shown} />
        <FalseAlarms {...shown} />
        <SportSection {...shown} actions={textsIn(site.language).sport} />
        <BillSection {...shown} />
      </div>
    </AppPage>
  )
}
