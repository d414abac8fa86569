const steps = (origin: string) => `Come fare, dal computer:
1. Entra su ${origin} con SPID o CIE e arriva alla scelta del comune.
2. Premi F12, apri la scheda Rete (Network) e cerca una sede.
3. Clic destro sulla richiesta «elenca-sede…» → Copia → Copia come cURL.
4. Scrivimi /sessione e incolla.`

/** What operators read about the sessions of the portal. */
export const portalSessions = {
  askPaste: (origin: string) =>
    `🔑 Mandami la sessione del portale: incolla qui il «Copia come cURL», o la riga Cookie, oppure mandami un file di testo. Cancello subito il tuo messaggio dalla chat.\n\n${steps(origin)}`,
  kept: (id: number, offices: number) =>
    `✅ La sessione ${id} funziona: pagina aperta, elenco delle sedi letto (${offices === 1 ? '1 sede' : `${offices} sedi`} a Roma). La uso da adesso.`,
  untested: (id: number, page: boolean, why: string) =>
    `🟡 Ho tenuto la sessione ${id}, ma non ho potuto provarla fino in fondo: ${page ? 'la pagina si apre, l’elenco delle sedi no' : 'il portale non risponde'} (${why}). Continuo a provare e ti scrivo se non va.`,
  why: {
    'no-session': 'nessuna sessione',
    'session-expired': 'sessione scaduta',
    'rate-limited': 'troppe richieste',
    unavailable: 'portale fuori servizio',
    timeout: 'risposta troppo lenta',
    malformed: 'risposta incomprensibile',
  },
  noCookies:
    'Qui non trovo nessun cookie. Serve il «Copia come cURL» di una richiesta al portale, o la riga Cookie.',
  noJsessionid:
    'Ci sono dei cookie, ma manca JSESSIONID. Copia una richiesta fatta dopo l’accesso con SPID o CIE.',
  refused: (origin: string) =>
    `❌ Il portale non riconosce questa sessione: è scaduta, oppure manca un pezzo del testo.\n\n${steps(origin)}`,
  again: 'Mandamela di nuovo, oppure /annulla.',
  notDeleted: '⚠️ Non sono riuscito a cancellare il tuo messaggio: cancellalo tu, contiene la sessione.',
  sessionDied: (id: number, others: number, origin: string, paired: boolean) =>
    `🔑 La sessione ${id} del portale è scaduta. ${
      others === 0
        ? 'Era l’ultima: la lettura è in pausa e riprende da sola appena me ne mandi una.'
        : others === 1
          ? 'Continuo con l’altra.'
          : `Continuo con le altre ${others}.`
    }\n\n${paired ? `Entra di nuovo su ${origin} con SPID o CIE dal browser collegato: la sessione mi arriva da sola.` : steps(origin)}`,
  endsSoon: (id: number, day: string, time: string) =>
    `⏰ La sessione ${id} del portale finirà probabilmente ${day} verso le ${time}. Se vuoi che la lettura non si fermi, mandamene una nuova prima, con /sessione.`,
  sessionUnreadable: (id: number) =>
    `⚠️ Non riesco ad aprire la sessione ${id}: è stata cifrata con un’altra ENCRYPTION_KEY, o salvata da una versione più recente. Non l’ho tolta: se rimetti la chiave di prima torna a funzionare da sola, altrimenti mandamene una nuova con /sessione.`,
  portalRefuses: (since: string, origin: string) =>
    `⚠️ Dalle ${since} il portale rifiuta ogni sessione. Di solito è un suo guasto o una manutenzione: non c’è nulla da fare, continuo a riprovare. Se però dal browser riesci a entrare su ${origin}, mandami una sessione nuova con /sessione.`,
  pairHint:
    '🧩 Senza incollare: collega il browser una volta, e dopo ogni accesso con SPID o CIE la sua estensione mi manda la sessione da sola.',
  pair: '🧩 Collega un browser',
  paired: (browser: string, age: string, used: string) => `• ${browser}: collegato ${age}, usato ${used}`,
  pairCode: (minutes: number) =>
    `Apri l’estensione Sportello nel browser in cui entri nel portale e incolla questa riga. Vale ${minutes} minuti, una volta sola.`,
  pairBuild:
    'Non hai ancora l’estensione? Si crea con «npm run extension»: docs/deploy.md spiega come si installa.',
  pairCopy: '📋 Copia la riga',
  pairNoAddress:
    'Per collegare un browser mi serve l’indirizzo pubblico di questa installazione: imposta PUBLIC_URL, come spiega docs/deploy.md. Intanto puoi incollare la sessione.',
  unpair: (browser: string, id: number) => `🗑 Scollega ${browser} (${id})`,
  unpaired: 'Scollegato: la sua estensione non può più mandarmi niente.',
  listTitle: 'Sessioni del portale',
  listNone: 'Non ho nessuna sessione del portale: la lettura è in pausa. Mandamene una con /sessione.',
  good: (id: number, mine: boolean, age: string, used: string) =>
    `🟢 ${id}${mine ? ' (tua)' : ''}: consegnata ${age}, il portale l’ha accettata ${used}`,
  dead: (id: number, mine: boolean, age: string, died: string) =>
    `🔴 ${id}${mine ? ' (tua)' : ''}: consegnata ${age}, scaduta ${died}`,
  remove: (id: number) => `🗑 Togli la ${id}`,
  removeAsk: (id: number) => `Tolgo la sessione ${id}? Funziona ancora: per riaverla serve un nuovo accesso.`,
  removeYes: 'Sì, toglila',
  removed: 'Fatto.',
  refresh: '🔄 Aggiorna',
}
