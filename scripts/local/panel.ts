import { describeError } from '../../src/platform/log.ts'
import { addDays, MINUTE, romeDate, romeInstant, romeTime } from '../../src/platform/time.ts'
import type { PanelSection, StatusTable } from '../../test/simulators/chat-page/chat-page.ts'
import type { System } from './system.ts'

/** People of the simulated Telegram, with whom `npm start` opens. Ada runs the bot. */
export const PEOPLE = { giulia: 1001, marco: 1002, elena: 1003, ada: 900 } as const

/** What the side panel of the chat page does to the world around the bot. */
export function panelSections(system: System): PanelSection[] {
  const { telegram, portal, sportrick } = system
  return [
    ...(portal ? portalSections(system, portal) : []),
    ...(sportrick ? sportSections(sportrick) : []),
    ...(telegram ? telegramSections(telegram) : []),
  ]
}

type Portal = NonNullable<System['portal']>
type Telegram = NonNullable<System['telegram']>
type Sportrick = NonNullable<System['sportrick']>

function portalSections(system: System, portal: Portal): PanelSection[] {
  const office = {
    name: 'office',
    label: 'Sede',
    type: 'select' as const,
    options: ['TO', 'MI', 'RM', 'NA', 'BO']
      .flatMap((province) => portal.offices(province))
      .map((each) => ({ value: String(each.id), label: `${each.province} · ${each.name}` })),
  }
  const tomorrow = () => addDays(romeDate(portal.now()), 1)
  return [
    {
      title: 'Portale della polizia',
      actions: [
        {
          id: 'free',
          label: 'Libera un posto',
          fields: [
            office,
            { name: 'date', label: 'Giorno', type: 'date', value: tomorrow() },
            { name: 'time', label: 'Ora', type: 'time', value: '10:00' },
            { name: 'places', label: 'Posti', type: 'number', value: '1' },
          ],
          async run({ office: id = '', date = '', time = '', places = '1' }) {
            portal.freeSlot(id, date, time, Number(places))
            return `Libero: ${date} ore ${time}`
          },
        },
        {
          id: 'take',
          label: 'Prendi un posto libero',
          hint: 'Il primo posto libero della sede non c’è più: l’avviso viene barrato.',
          fields: [office],
          async run({ office: id = '' }) {
            const slot = portal.slots(id).find((each) => each.total > each.taken)
            if (!slot) return 'Questa sede non ha posti liberi.'
            portal.takeSlot(id, slot.date, slot.time)
            return `Preso: ${slot.date} ore ${slot.time}`
          },
        },
        {
          id: 'expire',
          label: 'Fai scadere la sessione',
          hint: 'Ada viene avvisata e la lettura va in pausa.',
          async run() {
            portal.expireSession()
            return 'La sessione è scaduta.'
          },
        },
        {
          id: 'issue',
          label: 'Una nuova sessione, da incollare',
          hint: 'Da mandare ad Ada come /sessione.',
          run: async () => `/sessione ${portal.issueSession().asCurl.bash}`,
        },
      ],
    },
    {
      title: 'Orologio',
      actions: [
        {
          id: 'jump',
          label: 'Vai alle 8:56',
          hint: 'Una sede che apre alle 9:00 annuncia i posti con cinque minuti di anticipo.',
          run: () => jumpTo(system, portal, '08:56'),
        },
        { id: 'back', label: 'Torna all’ora vera', run: () => setShift(system, portal, 0, 'Ora vera') },
      ],
    },
  ]
}

/** Moves the clocks of the Workers and of both sites on to the next time that Rome's clocks show `time`. */
function jumpTo(system: System, portal: Portal, time: string): Promise<string> {
  const now = Date.now()
  const today = romeInstant(romeDate(now), time)
  const target = today > now ? today : romeInstant(addDays(romeDate(now), 1), time)
  return setShift(system, portal, target - now, `Ora sono le ${time}`)
}

async function setShift(system: System, portal: Portal, shiftMs: number, said: string): Promise<string> {
  const before = Number(system.variables.CLOCK_SHIFT_SECONDS ?? 0) * 1_000
  const shift = Math.round(shiftMs / 1_000)
  portal.advance(shift * 1_000 - before)
  system.sportrick?.advance(shift * 1_000 - before)
  await system.reconfigure({ CLOCK_SHIFT_SECONDS: String(shift) })
  const db = await system.runtime.database()
  // Rounds and leases planned by the other clock would keep everybody waiting.
  await db.batch([
    db.prepare(
      `UPDATE state SET value = (
         SELECT json_group_object(key, json_set(value, '$.dueAt', 0, '$.leaseUntil', 0)) FROM json_each(state.value))
       WHERE name = 'province-readings'`,
    ),
    db.prepare("DELETE FROM state WHERE name = 'sender-lease'"),
    db.prepare("UPDATE deliveries SET not_before = 0 WHERE status = 'queued'"),
  ])
  system.runtime.tick('edge', '* * * * *').catch((error) => console.warn(describeError(error)))
  return `${said} (${romeTime(Date.now() + shift * 1_000)})`
}

function sportSections(sportrick: Sportrick): PanelSection[] {
  const days = [0, 1, 2, 3, 4].map((ahead) => addDays(romeDate(sportrick.now()), ahead))
  const lesson = {
    name: 'lesson',
    label: 'Corso',
    type: 'select' as const,
    options: days
      .flatMap((date) => sportrick.classes(date))
      .filter((each) => each.course !== null)
      .map(({ date, start, course }) => ({
        value: JSON.stringify({ date, start, course }),
        label: `${date} ${start} ${course}`,
      })),
  }
  const { username, password } = sportrick.demo
  return [
    {
      title: 'Sito dello sport',
      actions: [
        {
          id: 'site',
          label: 'Dov’è il sito',
          hint: `Giulia è già collegata (codice persona ${username}, password ${password}).`,
          run: async () => sportrick.base,
        },
        {
          id: 'fill',
          label: 'Riempi un corso',
          fields: [lesson],
          async run({ lesson: query = '{}' }) {
            const { capacity } = sportrick.setClass(JSON.parse(query), {})
            sportrick.setClass(JSON.parse(query), { taken: capacity })
            return 'Il corso è pieno.'
          },
        },
        {
          id: 'open',
          label: 'Apri le prenotazioni fra 60 secondi',
          fields: [lesson],
          async run({ lesson: query = '{}' }) {
            sportrick.setClass(JSON.parse(query), { opensAt: sportrick.now() + MINUTE })
            return 'Le prenotazioni aprono fra un minuto.'
          },
        },
        {
          id: 'logout',
          label: 'Fai scadere la sessione del sito',
          async run() {
            sportrick.expireSessions()
            return 'Scaduta: al prossimo passo il bot rifà l’accesso.'
          },
        },
      ],
    },
  ]
}

function telegramSections(telegram: Telegram): PanelSection[] {
  const person = {
    name: 'person',
    label: 'Chi',
    type: 'select' as const,
    options: [...telegram.world.people.values()].map(({ id, name }) => ({ value: String(id), label: name })),
  }
  return [
    {
      title: 'Telegram',
      actions: [
        {
          id: 'block',
          label: 'Blocca il bot',
          fields: [person],
          async run({ person: id = '' }) {
            telegram.world.people.get(Number(id))?.block()
            return 'Bloccato: non riceve più nulla finché non lo sblocca.'
          },
        },
        {
          id: 'unblock',
          label: 'Sblocca il bot',
          fields: [person],
          async run({ person: id = '' }) {
            telegram.world.people.get(Number(id))?.unblock()
            return 'Sbloccato.'
          },
        },
        {
          id: 'limit',
          label: 'Troppi messaggi (429 per 5 s)',
          async run() {
            telegram.faults.next(
              { type: 'too-many-requests', retryAfter: 5, hold: true },
              { method: 'sendMessage' },
            )
            return 'Il prossimo messaggio viene rifiutato: il bot aspetta 5 secondi e poi riprende.'
          },
        },
      ],
    },
  ]
}

const clock = (instant: unknown) => (typeof instant === 'number' && instant > 0 ? romeTime(instant) : '–')

/** What the Workers are doing, read from their database. */
export async function statusTables(system: System): Promise<StatusTable[]> {
  const db = await system.runtime.database()
  const now = Date.now() + Number(system.variables.CLOCK_SHIFT_SECONDS ?? 0) * 1_000
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
  const ago = (at: unknown) =>
    typeof at === 'number' ? `${Math.max(0, Math.round((now - at) / 1_000))} s fa` : 'mai'
  return [
    { title: 'Ora', columns: ['a Roma'], rows: [[romeTime(now - (now % MINUTE))]] },
    {
      title: 'Province lette',
      columns: ['', 'letta', 'aperti', 'errore'],
      rows: (provinces?.results ?? []).map((row) => [
        String(row.code),
        ago(row.last_read_at),
        Number(row.open),
        String(row.last_failure ?? ''),
      ]),
    },
    {
      title: 'Coda degli avvisi',
      columns: ['tipo', 'quanti', 'in attesa'],
      rows: (alerts?.results ?? []).map((row) => [String(row.kind), Number(row.n), Number(row.waiting)]),
    },
    {
      title: 'Messaggi',
      columns: ['stato', 'quanti'],
      rows: (deliveries?.results ?? []).map((row) => [String(row.status), Number(row.n)]),
    },
    {
      title: 'Sessioni del portale',
      columns: ['n.', 'stato', 'ultima risposta'],
      rows: (sessions?.results ?? []).map((row) => [
        Number(row.id),
        String(row.health),
        clock(row.last_good_at),
      ]),
    },
  ]
}
