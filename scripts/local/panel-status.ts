import { MINUTE, romeTime } from '../../src/platform/time.ts'
import type { StatusTable } from '../../test/simulators/chat-page/chat-page.ts'
import { type Language, said, type Words } from '../../test/simulators/chat-page/language.ts'
import { workersNow } from './clock-jump.ts'
import type { System } from './system.ts'

const clock = (instant: unknown) => (typeof instant === 'number' && instant > 0 ? romeTime(instant) : '–')

/** The Workers' activity, read from their database. */
export async function statusTables(system: System, language: Language): Promise<StatusTable[]> {
  const say = said(language)
  const db = await system.runtime.database()
  const now = workersNow(system)
  const [deliveries, alerts, provinces, sessions] = await db.batch<Record<string, unknown>>([
    db.prepare('SELECT status, count(*) AS n FROM deliveries GROUP BY status ORDER BY status'),
    db.prepare('SELECT kind, count(*) AS n, sum(fanned_out_at IS NULL) AS waiting FROM alerts GROUP BY kind'),
    db.prepare(
      `SELECT p.code, p.last_read_at, p.last_failure,
              (SELECT count(*) FROM slots s JOIN offices o ON o.id = s.office_id WHERE o.province = p.code AND s.gone_at IS NULL) AS open
       FROM province_readings p ORDER BY p.code`,
    ),
    db.prepare('SELECT id, health, last_good_at FROM portal_sessions ORDER BY id'),
  ])
  const ago = (at: unknown) => {
    if (typeof at !== 'number') return say({ it: 'mai', en: 'never' })
    const seconds = Math.max(0, Math.round((now - at) / 1_000))
    return say({ it: `${seconds} s fa`, en: `${seconds} s ago` })
  }
  const table = (title: Words, columns: Words[], rows: StatusTable['rows']): StatusTable => ({
    title: say(title),
    columns: columns.map(say),
    rows,
  })
  const rows = (of: typeof alerts, cells: (row: Record<string, unknown>) => (string | number)[]) =>
    (of?.results ?? []).map(cells)
  return [
    table({ it: 'Ora', en: 'Time' }, [{ it: 'a Roma', en: 'in Rome' }], [[romeTime(now - (now % MINUTE))]]),
    table(
      { it: 'Province lette', en: 'Provinces read' },
      [
        { it: '', en: '' },
        { it: 'letta', en: 'read' },
        { it: 'aperti', en: 'open' },
        { it: 'errore', en: 'error' },
      ],
      rows(provinces, (row) => [
        String(row.code),
        ago(row.last_read_at),
        Number(row.open),
        String(row.last_failure ?? ''),
      ]),
    ),
    table(
      { it: 'Coda degli avvisi', en: 'Queue of alerts' },
      [
        { it: 'tipo', en: 'kind' },
        { it: 'quanti', en: 'how many' },
        { it: 'in attesa', en: 'waiting' },
      ],
      rows(alerts, (row) => [String(row.kind), Number(row.n), Number(row.waiting)]),
    ),
    table(
      { it: 'Messaggi', en: 'Messages' },
      [
        { it: 'stato', en: 'state' },
        { it: 'quanti', en: 'how many' },
      ],
      rows(deliveries, (row) => [String(row.status), Number(row.n)]),
    ),
    table(
      { it: 'Sessioni del portale', en: 'Sessions of the portal' },
      [
        { it: 'n.', en: 'no.' },
        { it: 'stato', en: 'state' },
        { it: 'ultima risposta', en: 'last answer' },
      ],
      rows(sessions, (row) => [Number(row.id), String(row.health), clock(row.last_good_at)]),
    ),
  ]
}
