import { provinceName } from '../../passport/provinces/provinces.ts'
import { duration } from '../../platform/duration.ts'
import { textsIn } from '../../texts/index.ts'
import { Ago } from '../ago-time.tsx'
import { DataTable } from '../data-table.tsx'
import { Page } from '../document.tsx'
import type { Site } from '../site.ts'
import { dayAndTime } from '../words.ts'
import type { Status } from './service-status.ts'

const Reading = ({ site, at }: { site: Site; at: number | null | undefined }) =>
  at ? <Ago site={site} at={at} /> : <span>{site.texts.status.never}</span>

function verdictText(site: Site, { verdict, pausedSince }: Status): string {
  const t = site.texts.status
  return verdict === 'paused' ? t.paused(dayAndTime(site.language, pausedSince ?? site.now)) : t[verdict]
}

/** The public status page. */
export const StatusPage = ({ site, status }: { site: Site; status: Status }) => {
  const t = site.texts.status
  const readings = status.provinces.flatMap((one) => one.lastReadAt ?? [])
  const delay = (ms: number | undefined) => (ms === undefined ? t.noValue : duration(site.language, ms))
  return (
    <Page site={site} title={`${t.title} · Sportello`} description={t.description} scripts={['page-ago.js']}>
      <article class="status">
        <h1>{t.title}</h1>
        <p class={`verdict ${status.verdict}`}>{verdictText(site, status)}</p>
        <dl class="figures">
          <div>
            <dt>{t.watched}</dt>
            <dd>{status.provinces.length}</dd>
          </div>
          <div>
            <dt>{t.readings}</dt>
            <dd>
              <Reading site={site} at={readings.length > 0 ? Math.max(...readings) : null} />
            </dd>
          </div>
          <div>
            <dt>{t.median}</dt>
            <dd>{delay(status.delays?.median)}</dd>
          </div>
          <div>
            <dt>{t.slowest}</dt>
            <dd>{delay(status.delays?.slowest)}</dd>
          </div>
          <div>
            <dt>{t.waiting}</dt>
            <dd>{status.waiting}</dd>
          </div>
          {status.bookings > 0 && (
            <div>
              <dt>{textsIn(site.language).booked.countLabel}</dt>
              <dd>{status.bookings}</dd>
            </div>
          )}
        </dl>
        {status.provinces.length > 0 && (
          <details open={status.provinces.length <= 12}>
            <summary>{t.listHeading}</summary>
            <DataTable
              columns={[t.province, t.read, t.failures]}
              rows={status.provinces.map(({ code, lastReadAt, failures }) => [
                <a href={site.href(`/p/${code}`)}>{provinceName(code)}</a>,
                <Reading site={site} at={lastReadAt} />,
                failures,
              ])}
            />
          </details>
        )}
      </article>
    </Page>
  )
}
