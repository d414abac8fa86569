import { weekdayName } from '../days.ts'

const times = (count: number) => (count === 0 ? 'mai' : count === 1 ? 'una volta' : `${count} volte`)
const lasting = (days: number) => (days === 1 ? 'un giorno' : `${days} giorni`)
const would = (alerts: number, unfiltered: number) =>
  `${alerts === 0 ? 'non ti avrei mai avvisato' : `ti avrei avvisato ${times(alerts)}`}${unfiltered > alerts ? ` (${times(unfiltered)} senza filtri)` : ''}`

const day = (weekday: number) => weekdayName('it', weekday, 'short')

/** Filters for weekdays, first days and time windows, and what filters would have let through. */
export const filters = {
  never: '⚠️ Queste date e questi giorni insieme non lasciano nessun giorno: non ti avviserei mai.',
  preview: (days: number, alerts: number, unfiltered: number) =>
    `🔎 Negli ultimi ${lasting(days)} ${would(alerts, unfiltered)}.`,
  previewShort: (days: number, alerts: number, unfiltered: number) =>
    `🔎 Controllo le tue province da ${lasting(days)}: finora ${would(alerts, unfiltered)}.`,
  previewTooShort:
    '🔎 Controllo le tue province da meno di un giorno: non so ancora dirti quanti avvisi riceveresti.',
  previewSince: (name: string, days: number) =>
    days < 1
      ? `${name} la controllo da meno di un giorno.`
      : `${name} la controllo solo da ${lasting(days)}.`,
  previewSomeShorter: 'Alcune province le controllo da meno tempo.',

  weekdays: {
    all: '📆 Giorni: tutti',
    some: (weekdays: readonly number[]) => `📆 Giorni: ${weekdays.map(day).join(', ')}`,
    ask: 'In quali giorni della settimana vuoi l’appuntamento? Se non ne scegli nessuno, ti avviso per tutti.',
    day: (weekday: number) => weekdayName('it', weekday, 'long'),
    working: 'Dal lunedì al venerdì',
    weekend: 'Sabato e domenica',
    every: '❌ Tutti i giorni',
    words: (weekdays: readonly number[]) => `solo ${weekdays.map(day).join(', ')}`,
  },
  fromDay: {
    on: (date: string) => `📅 Date: dal ${date}`,
    between: (from: string, before: string) => `📅 Date: dal ${from}, prima del ${before}`,
    type: '✏️ Non prima del…',
    typed: 'Scrivimi il primo giorno che va bene: ti avviso solo per gli appuntamenti da quel giorno in poi.',
    off: '❌ Togli il primo giorno',
    saved: (date: string) => `Fatto: ti avviso solo per gli appuntamenti dal ${date} in poi.`,
    afterLimit: (date: string) =>
      `Mi hai chiesto solo appuntamenti prima del ${date}: scrivi un giorno che viene prima.`,
    beforeFirst: (date: string) =>
      `Mi hai chiesto solo appuntamenti dal ${date} in poi: scrivi un giorno che viene dopo.`,
    words: (date: string) => `dal ${date}`,
  },
  dayPlaces: {
    on: (count: number) => `👥 Posti: ${count} nello stesso giorno`,
    choose: '👨‍👩‍👧 Nello stesso giorno, anche a orari diversi',
    chosen: (count: number) => `✅ ${count} nello stesso giorno`,
    ask: 'Quanti posti vi servono nello stesso giorno e nella stessa sede? Sommo quelli di tutti gli orari, e nell’avviso ti dico quali sono di seguito.',
    atOneTime: '👥 Tutti allo stesso orario',
    words: (count: number) => `${count} posti nello stesso giorno`,
  },
  hours: {
    on: (windows: string) => `🕘 Orari: ${windows}`,
    add: '➕ Un’altra fascia',
    addTyped: (windows: string) =>
      `Adesso ti avviso per gli appuntamenti ${windows}. Scrivimi la fascia da aggiungere, per esempio «15-17».`,
    typed: 'Scrivimi da che ora a che ora, per esempio «9-12:30». Più fasce così: «9-12, 15-17».',
    wrong: 'Non ho capito gli orari. Scrivili così: «9-12:30», il primo prima del secondo.',
    tooMany: (most: number) => `Posso tenere al massimo ${most} fasce: scrivine di meno.`,
    saved: (windows: string) => `Fatto: ti avviso solo per gli appuntamenti ${windows}.`,
    window: (from: string, to: string) => `dalle ${from} alle ${to}`,
    or: ' o ',
  },
}
