import { addDays, MINUTE, romeDate, romeInstant } from '../../src/platform/time.ts'
import { opensAt } from '../../src/sport/opening.ts'
import type { PanelSection } from '../../test/simulators/chat-page/chat-page.ts'
import { moveClocks, shiftOf, workersNow } from './clock-jump.ts'
import type { System } from './system.ts'

export { statusTables } from './panel-status.ts'

/** People of the simulated Telegram, with whom `npm start` opens. Ada runs the bot, unless ADMIN_IDS says otherwise. */
export const PEOPLE = { giulia: 1001, marco: 1002, elena: 1003, ada: 900 } as const

/** The actions of the chat page's side panel on the simulators and clocks. */
export function panelSections(system: System): PanelSection[] {
  const { telegram, portal, sportrick } = system
  return [
    ...(portal ? [portalSection(system, portal), clockSection(system)] : []),
    ...(sportrick ? [sportSection(system, sportrick)] : []),
    ...(telegram ? [telegramSection(telegram)] : []),
  ]
}

type Portal = NonNullable<System['portal']>
type Telegram = NonNullable<System['telegram']>
type Sportrick = NonNullable<System['sportrick']>

/** The operators' names; an operator who is no simulated person is called by their id. */
function operatorsOf({ variables, telegram }: System): string {
  const ids = (variables.ADMIN_IDS ?? '').split(/[\s,;]+/).filter(Boolean)
  return ids.map((id) => telegram?.world.people.get(Number(id))?.name ?? id).join(', ') || '–'
}

function portalSection(system: System, portal: Portal): PanelSection {
  const office = {
    name: 'office',
    label: { it: 'Sede', en: 'Office' },
    type: 'select' as const,
    options: ['TO', 'MI', 'RM', 'NA', 'BO']
      .flatMap((province) => portal.offices(province))
      .map((each) => ({ value: String(each.id), label: `${each.province} · ${each.name}` })),
  }
  const tomorrow = () => addDays(romeDate(portal.now()), 1)
  const operators = operatorsOf(system)
  return {
    title: { it: 'Portale della polizia', en: 'Portal of the police' },
    actions: [
      {
        id: 'free',
        label: { it: 'Libera un posto', en: 'Free a place' },
        fields: [
          office,
          { name: 'date', label: { it: 'Giorno', en: 'Day' }, type: 'date', value: tomorrow() },
          { name: 'time', label: { it: 'Ora', en: 'Time' }, type: 'time', value: '10:00' },
          { name: 'places', label: { it: 'Posti', en: 'Places' }, type: 'number', value: '1' },
        ],
        async run({ office: id = '', date = '', time = '', places = '1' }) {
          portal.freeSlot(id, date, time, Number(places))
          return { it: `Libero: ${date} ore ${time}`, en: `Free: ${date} at ${time}` }
        },
      },
      {
        id: 'take',
        label: { it: 'Prendi un posto libero', en: 'Take a free place' },
        hint: {
          it: 'Il primo posto libero della sede non c’è più: l’avviso viene barrato.',
          en: 'The first free place of the office is gone: the alert is struck through.',
        },
        fields: [office],
        async run({ office: id = '' }) {
          const slot = portal.slots(id).find((each) => each.total > each.taken)
          if (!slot) return { it: 'Questa sede non ha posti liberi.', en: 'This office has no free places.' }
          portal.takeSlot(id, slot.date, slot.time)
          return { it: `Preso: ${slot.date} ore ${slot.time}`, en: `Taken: ${slot.date} at ${slot.time}` }
        },
      },
      {
        id: 'expire',
        label: { it: 'Fai scadere la sessione', en: 'Let the session expire' },
        hint: {
          it: `Il bot lo scrive a chi lo gestisce (${operators}), e la lettura va in pausa.`,
          en: `The bot tells its operators (${operators}), and the reading pauses.`,
        },
        async run() {
          portal.expireSession()
          return { it: 'La sessione è scaduta.', en: 'The session has expired.' }
        },
      },
      {
        id: 'issue',
        label: { it: 'Una nuova sessione, da incollare', en: 'A new session, to be pasted' },
        hint: {
          it: `Copiala, apri la chat di ${operators} e incollala lì.`,
          en: `Copy it, open the chat of ${operators} and paste it there.`,
        },
        run: async () => ({
          text: {
            it: `Copiala e incollala nella chat di ${operators}.`,
            en: `Copy it and paste it into the chat of ${operators}.`,
          },
          copy: `/sessione ${portal.issueSession().asCurl.bash}`,
        }),
      },
    ],
  }
}

const clockSection = (system: System): PanelSection => ({
  title: { it: 'Orologio', en: 'Clock' },
  actions: [
    {
      id: 'jump',
      label: { it: 'Vai alle 8:56', en: 'Go to 8:56' },
      hint: {
        it: 'Una sede che apre alle 9:00 annuncia i posti con cinque minuti di anticipo.',
        en: 'An office that opens at 9:00 announces its places five minutes before.',
      },
      async run() {
        const now = Date.now()
        const today = romeInstant(romeDate(now), '08:56')
        const target = today > now ? today : romeInstant(addDays(romeDate(now), 1), '08:56')
        const time = await moveClocks(system, target - now)
        return { it: `Ora sono le ${time}.`, en: `It is ${time} now.` }
      },
    },
    {
      id: 'back',
      label: { it: 'Torna all’ora vera', en: 'Back to the real time' },
      async run() {
        const time = await moveClocks(system, 0)
        return { it: `Ora vera: le ${time}.`, en: `Real time: ${time}.` }
      },
    },
  ],
})

function sportSection(system: System, sportrick: Sportrick): PanelSection {
  const days = [0, 1, 2, 3, 4, 5, 6, 7].map((ahead) => addDays(romeDate(sportrick.now()), ahead))
  const lesson = {
    name: 'lesson',
    label: { it: 'Corso', en: 'Class' },
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
  return {
    title: { it: 'Sito dello sport', en: 'Sport site' },
    actions: [
      {
        id: 'site',
        label: { it: 'Dov’è il sito', en: 'Where the site is' },
        hint: {
          it: `Giulia è già collegata (codice persona ${username}, password ${password}).`,
          en: `Giulia is linked already (person code ${username}, password ${password}).`,
        },
        run: async () => ({
          text: { it: 'Ecco l’indirizzo.', en: 'Here is its address.' },
          copy: sportrick.base,
        }),
      },
      {
        id: 'fill',
        label: { it: 'Riempi un corso', en: 'Fill a class' },
        fields: [lesson],
        async run({ lesson: query = '{}' }) {
          const { capacity } = sportrick.setClass(JSON.parse(query), {})
          sportrick.setClass(JSON.parse(query), { taken: capacity })
          return { it: 'Il corso è pieno.', en: 'The class is full.' }
        },
      },
      {
        id: 'open',
        label: { it: 'Apri le prenotazioni fra 60 secondi', en: 'Open the booking in 60 seconds' },
        hint: {
          it: 'Se il corso apre più avanti l’orologio va avanti fin lì: chi l’ha chiesto prende il posto.',
          en: 'If the class opens later, the clock goes on to that moment: the person who asked for it gets a place.',
        },
        fields: [lesson],
        run: ({ lesson: query = '{}' }) => openSoon(system, sportrick, JSON.parse(query)),
      },
      {
        id: 'logout',
        label: { it: 'Fai scadere la sessione del sito', en: 'Let the session of the site expire' },
        async run() {
          sportrick.expireSessions()
          return {
            it: 'Scaduta: al prossimo passo il bot rifà l’accesso.',
            en: 'Expired: at its next step the bot logs in again.',
          }
        },
      },
    ],
  }
}

/**
 * Opens the booking of a class in a minute. The bot knows when a class opens by its day, and a request waits for that:
 * an opening that is still to come is not moved, the clock is.
 */
async function openSoon(
  system: System,
  sportrick: Sportrick,
  lesson: { date: string; start: string; course: string },
) {
  const opening = opensAt(lesson.date)
  const now = workersNow(system)
  if (opening - MINUTE > now) {
    sportrick.setClass(lesson, { opensAt: opening })
    const time = await moveClocks(system, shiftOf(system) + opening - MINUTE - now)
    return {
      it: `Sono le ${time} della sera prima: le prenotazioni aprono fra un minuto.`,
      en: `It is ${time} of the evening before: booking opens in a minute.`,
    }
  }
  sportrick.setClass(lesson, { opensAt: sportrick.now() + MINUTE })
  return { it: 'Le prenotazioni aprono fra un minuto.', en: 'Booking opens in a minute.' }
}

function telegramSection(telegram: Telegram): PanelSection {
  const person = {
    name: 'person',
    label: { it: 'Chi', en: 'Who' },
    type: 'select' as const,
    options: [...telegram.world.people.values()].map(({ id, name }) => ({ value: String(id), label: name })),
  }
  return {
    title: 'Telegram',
    actions: [
      {
        id: 'block',
        label: { it: 'Blocca il bot', en: 'Block the bot' },
        fields: [person],
        async run({ person: id = '' }) {
          telegram.world.people.get(Number(id))?.block()
          return {
            it: 'Bloccato: non riceve più nulla finché non lo sblocca.',
            en: 'Blocked: nothing arrives until it is unblocked.',
          }
        },
      },
      {
        id: 'unblock',
        label: { it: 'Sblocca il bot', en: 'Unblock the bot' },
        fields: [person],
        async run({ person: id = '' }) {
          telegram.world.people.get(Number(id))?.unblock()
          return { it: 'Sbloccato.', en: 'Unblocked.' }
        },
      },
      {
        id: 'limit',
        label: { it: 'Troppi messaggi (429 per 5 s)', en: 'Too many messages (429 for 5 s)' },
        async run() {
          telegram.faults.next(
            { type: 'too-many-requests', retryAfter: 5, hold: true },
            { method: 'sendMessage' },
          )
          return {
            it: 'Il prossimo messaggio viene rifiutato: il bot aspetta 5 secondi e poi riprende.',
            en: 'The next message is refused: the bot waits 5 seconds and goes on.',
          }
        },
      },
    ],
  }
}
