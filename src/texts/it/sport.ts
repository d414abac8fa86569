import { dayInShort, dayInWords } from '../days.ts'

/** A class as a sentence names it. */
interface ClassWords {
  name: string
  date: string
  start: string
  location: string
}

const day = (date: string) => dayInWords('it', date)
const classLine = (slot: ClassWords) => `${slot.name}, ${day(slot.date)} alle ${slot.start}`
/** A class as a button names it, which is narrow on a phone. */
const classLabel = (slot: ClassWords) => `${slot.name}, ${dayInShort('it', slot.date)} ${slot.start}`
const place = (slot: ClassWords) =>
  slot.location && slot.location !== slot.name ? `\n📍 ${slot.location}` : ''

export const sport = {
  day,
  classLine,
  classLabel,

  /** Why something did not go well: one sentence each, with what to do when there is something to do. */
  reasons: {
    full: 'Non ci sono più posti.',
    'already-booked': 'Il sito dice che è già prenotata, ma non la trovo nel tuo elenco.',
    'not-open-yet': 'Le prenotazioni non sono ancora aperte.',
    'over-limit': 'Hai raggiunto il limite di prenotazioni del sito: annullane una e riprova.',
    overlap: 'Alla stessa ora hai già un’altra prenotazione.',
    'no-subscription': 'Il tuo abbonamento non copre questa attività: controllalo sul sito.',
    'certificate-expired': 'Il certificato medico manca o è scaduto: consegnalo e riprova.',
    'class-gone': 'Non è più in calendario.',
    'booking-not-found': 'Questa prenotazione non risulta più sul sito.',
    'session-expired': 'L’accesso al sito è scaduto.',
    'bad-credentials':
      'Il Politecnico non ha accettato codice persona e password. Non riprovo, per non farti bloccare l’account: collegati di nuovo con i dati giusti.',
    'password-expired': 'La tua password del Politecnico è scaduta: cambiala, poi collegati di nuovo.',
    'otp-refused':
      'Il codice OTP non è stato accettato: controlla di avermi dato la chiave giusta e collegati di nuovo.',
    'login-elsewhere':
      'L’accesso porta a una pagina che non è del Politecnico: non ci ho scritto i tuoi dati, e lo segnalo a chi mi gestisce.',
    'login-limited':
      'Troppi tentativi di accesso: aspetta un po’ e riprova. Dopo ogni errore l’attesa si allunga, fino a un giorno.',
    'sso-down': 'L’accesso del Politecnico non risponde.',
    'site-down': 'Il sito di Polimisport non risponde.',
    'rate-limited': 'Il sito chiede di rallentare.',
    'browser-busy': 'In questo momento ci sono troppi accessi insieme: aspetto il mio turno.',
    'markup-changed': 'Il sito è cambiato e non lo capisco: lo segnalo a chi mi gestisce.',
    'answer-lost': 'La risposta del sito si è persa e il tuo elenco non mostra la prenotazione.',
    'not-listed':
      'Il sito ha detto di sì, ma la prenotazione non compare nel tuo elenco: controlla sul sito.',
    refused: 'Il sito ha detto di no.',
    withdrawn: 'Richiesta ritirata.',
    'too-late': 'Sta per iniziare, o è già iniziata.',
    'not-linked': 'Il tuo account non è collegato.',
    'session-needed': 'L’accesso che mi avevi dato è scaduto: mandamene uno nuovo con /sessione_sport.',
    'watch-ended': 'Fino al limite che mi avevi dato non si è liberato nessun posto.',
    'weekly-off': 'Questa prenotazione periodica è in pausa, oppure l’hai saltata o eliminata.',
    internal: 'Qualcosa si è rotto dalla mia parte, scusami.',
  },
  siteSays: (words: string) => `Il sito dice: «${words}»`,

  kinds: {
    book: 'Prenotazione',
    cancel: 'Annullamento',
    check: 'Controllo delle prenotazioni',
    link: 'Collegamento dell’account',
    'dry-run': 'Prova',
  },
  /** The first line of a message that shows an action's progress. */
  actionTitle: (id: number, kind: string, slot: ClassWords | null) =>
    `${kind} n. ${id}${slot ? `\n${classLine(slot)}${place(slot)}` : ''}`,
  stages: {
    queued: '🕐 In coda…',
    ready: '🏁 Tutto pronto: aspetto l’apertura.',
    paused: '⏸ In pausa.',
    login: '🔑 Accedo al sito…',
    schedule: '🗓 Leggo gli orari…',
    booking: '✍️ Prenoto…',
    cancelling: '✍️ Annullo…',
    verifying: '🔎 Controllo il tuo elenco sul sito…',
  },
  opening: (date: string, time: string) =>
    `🕐 Le prenotazioni aprono ${day(date)} alle ${time}: ci penso io.`,
  watching: (date: string, time: string) =>
    `👀 Non ci sono posti: la tengo d’occhio fino a ${day(date)}, ore ${time}, e prendo il primo che si libera.`,
  retrying: (why: string, time: string) => `🔁 ${why} Riprovo alle ${time}.`,
  failed: (why: string) => `❌ ${why}`,
  withdrawn: (why: string) => `🚫 ${why}`,
  doneBook: '✅ Prenotato: è nel tuo elenco sul sito.',
  doneCancel: '✅ Annullata: il posto è di nuovo libero.',
  doneCheck: (count: number) =>
    count === 0
      ? '✅ Nessuna prenotazione in programma.'
      : count === 1
        ? '✅ Una prenotazione in programma.'
        : `✅ ${count} prenotazioni in programma.`,
  doneLink: '✅ Account collegato: funziona.',
  dryRunAlive: '✅ L’accesso al sito è ancora valido.',
  dryRunRenewed: '✅ Sono entrato di nuovo nel sito: funziona.',
  dryRunSlot: (slot: ClassWords, places: number | null) =>
    `Prenoterei: ${classLine(slot)}${place(slot)}${places === null ? '' : `\nPosti disponibili: ${places}`}\nNon ho prenotato nulla.`,
  dryRunNothing: 'Non c’è nulla da prenotare, oppure la lezione non è in calendario.',
  withdraw: 'Ritira',
  /** What can be done next, under an outcome. */
  next: {
    wait: '👀 Aspetta un posto',
    another: '🧘 Un’altra lezione',
    first: '🧘 Prenota una lezione',
    mine: '📋 Le mie prenotazioni',
    cancel: '❌ Annulla',
    link: '🔑 Collega di nuovo',
  },

  /** A booking that ran by itself. */
  booked: (slot: ClassWords) => `✅ Prenotato: ${classLine(slot)}${place(slot)}`,
  bookedAlternative: (slot: ClassWords, wanted: ClassWords) =>
    `✅ ${classLine(wanted)}: non c’era posto. Ho preso la tua alternativa:\n${classLine(slot)}${place(slot)}`,
  notBooked: (slot: ClassWords, why: string) => `❌ Non prenotato: ${classLine(slot)}\n${why}`,
  nowWatching: (slot: ClassWords) => `👀 ${classLine(slot)}: è al completo. Se si libera un posto lo prendo.`,
  released: (slot: ClassWords) => `↩️ Ho restituito il posto: ${classLine(slot)}.`,
  notReleased: (slot: ClassWords, why: string) =>
    `⚠️ Non sono riuscito ad annullare ${classLine(slot)}: risulta ancora prenotata.\n${why}`,

  askKeep: (slot: ClassWords, date: string, time: string) =>
    `❓ ${classLine(slot)}${place(slot)}\nÈ prenotata: ci vai? Rispondi entro ${day(date)}, ore ${time}; altrimenti annullo e il posto va a qualcun altro.`,
  askBook: (slot: ClassWords, time: string) =>
    `❓ ${classLine(slot)}${place(slot)}\nLa prenoto? Rispondi entro le ${time}. (A quest’ora i corsi più richiesti possono essere già pieni.)`,
  confirm: '👍 Ci vado',
  skip: '👎 Non ci vado',
  keptAnswer: (slot: ClassWords) => `✅ Confermata: ${classLine(slot)}. Buon allenamento!`,
  bookAnswer: (slot: ClassWords) => `✅ ${classLine(slot)}: la prenoto.`,
  skippedKeep: (slot: ClassWords) => `↩️ ${classLine(slot)}: va bene, annullo la prenotazione.`,
  skippedBook: (slot: ClassWords) => `↩️ ${classLine(slot)}: va bene, non la prenoto.`,
  lapsedKeep: (slot: ClassWords) =>
    `⌛ ${classLine(slot)}\nNon hai risposto: annullo la prenotazione, così il posto va a qualcun altro.`,
  lapsedBook: (slot: ClassWords) => `⌛ ${classLine(slot)}\nNon hai risposto: non l’ho prenotata.`,
  stillBooked: (slot: ClassWords) => `✅ ${classLine(slot)}: resta prenotata.`,
  voided: (slot: ClassWords) => `${classLine(slot)}: non è più prenotata.`,

  delayed: (slot: ClassWords, why: string, date: string, time: string) =>
    `⏳ ${classLine(slot)}: non ci sono ancora riuscito.\n${why}\nContinuo a provare fino alle ${time} di ${day(date)}.`,
  precheck: (slot: ClassWords, date: string, time: string, why: string) =>
    `⚠️ Le prenotazioni per ${classLine(slot)} aprono ${day(date)} alle ${time}, ma adesso non riuscirei a prenotare.\n${why}`,
  sessionNeeded:
    '🔑 L’accesso che mi avevi dato è scaduto. Per continuare mandamene uno nuovo con /sessione_sport, oppure collega il tuo account.',
  accountBlocked: (why: string) => `🔑 ${why}`,
  foundBooked: (slot: ClassWords) =>
    `✅ ${classLine(slot)} è prenotata: è comparsa più tardi nel tuo elenco sul sito.`,
  gone: (slot: ClassWords) => `ℹ️ ${classLine(slot)} non è più nel tuo elenco sul sito.`,

  csvHeader: ['quando', 'cosa', 'corso', 'luogo', 'giorno', 'ora', 'motivo'],
}
