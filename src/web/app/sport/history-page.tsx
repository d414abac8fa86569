import { Hono } from 'hono'
import type { ActionReason, HistoryEntry } from '../../../sport/student-types.ts'
import { dayAndTime } from '../../words.ts'
import { AppPage, Up } from '../app-page.tsx'
import { costly } from '../costly.tsx'
import type { AppTypes, Visit } from '../visit.ts'
import { SPORT, textsOf, withAnswer } from './sport-visit.tsx'

const PATH = `${SPORT}/storico`
/** Seconds of a person's minute that the file costs. */
const CSV_COST = 5
/** Entries that the page shows; the file has them all. */
const SHOWN = 50

const Entry = ({ visit, entry }: { visit: Visit; entry: HistoryEntry }) => {
  const { appSport, sport } = textsOf(visit)
  const { name, date, start, location } = entry
  const reasons: Record<ActionReason, string> = sport.reasons
  const about =
    name !== null && date !== null && start !== null
      ? sport.classLine({ name, date, start, location: location ?? '' })
      : null
  return (
    <li class="row">
      <b>{about ?? appSport.history.kinds[entry.what]}</b>
      <span class="places">{about && appSport.history.kinds[entry.what]}</span>
      <span class="detail">
        {dayAndTime(visit.site.language, entry.at)}
        {entry.reason && ` · ${reasons[entry.reason]}`}
      </span>
    </li>
  )
}

const HistoryPage = ({ visit, entries }: { visit: Visit; entries: readonly HistoryEntry[] }) => {
  const texts = textsOf(visit)
  const { history: t, title } = texts.appSport
  return (
    <AppPage visit={visit} title={t.title}>
      <Up href={SPORT}>{title}</Up>
      <h1>{t.title}</h1>
      {entries.length === 0 ? (
        <p class="empty">{t.none}</p>
      ) : (
        <>
          <ul class="group rows">
            {entries.map((entry) => (
              <Entry visit={visit} entry={entry} />
            ))}
          </ul>
          <p class="actions">
            <a class="button quiet" href={`${PATH}.csv`} download={texts.sportMenu.csvName}>
              {t.csv}
            </a>
          </p>
        </>
      )}
    </AppPage>
  )
}

/** The history of bookings and cancellations with reasons; all of it as CSV. */
export const historyPage = new Hono<AppTypes>()
  .get(PATH, (c) =>
    withAnswer(
      c,
      (student) => student.history(SHOWN),
      (entries) => c.html(<HistoryPage visit={c.get('visit')} entries={entries} />),
    ),
  )
  .get(`${PATH}.csv`, (c) =>
    costly(c, CSV_COST, () =>
      withAnswer(
        c,
        (student) => student.exportCsv(),
        (csv) =>
          c.body(csv, 200, {
            'Content-Type': 'text/csv; charset=utf-8',
            'Content-Disposition': `attachment; filename="${textsOf(c.get('visit')).sportMenu.csvName}"`,
          }),
      ),
    ),
  )
