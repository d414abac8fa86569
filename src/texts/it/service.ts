/** What operators read about how the service stands, and what they can do about it. */
export const service = {
  seeSessions: '🔑 Sessioni',
  seeService: '📊 Stato del servizio',
  seeLetters: '📭 Messaggi non elaborati',
  dashboard: '📈 Grafici e costi',
  refresh: '🔄 Aggiorna',
  begun: {
    noSession:
      '🔴 Nessuna sessione del portale funziona: la lettura è ferma. Riparte da sola appena me ne mandi una con /sessione.',
    lag: (minutes: number, queued: number) =>
      `🔴 Qualcosa aspetta da ${minutes} minuti senza partire (in coda: ${queued}). Continuo a provare.`,
    deadLetters: (count: number) =>
      `🔴 ${count === 1 ? '1 messaggio non elaborato' : `${count} messaggi non elaborati`}: molti tentativi sono falliti. Da qui puoi riprovare o ${count === 1 ? 'buttarlo' : 'buttarli'}.`,
    unwritten: (count: number) =>
      `🔴 ${count === 1 ? 'Un messaggio non si può comporre' : `${count} messaggi non si possono comporre`}: è un errore del programma, i dettagli sono nei log. Riprovo per un giorno; di solito si risolve con un aggiornamento.`,
    pushKey:
      '🔴 Un servizio di notifiche rifiuta la mia chiave: riprovo ogni minuto gli avvisi per i suoi browser, gli altri partono. Controlla VAPID_KEYS e PUBLIC_URL; quale servizio è, lo dicono i log.',
    sportMarkup: (pages: readonly { step: string; detail: string }[]) =>
      [
        '⚠️ Polimisport è cambiato: ci sono pagine che non riconosco.',
        ...pages.map(({ step, detail }) => `• ${step}: ${detail}`),
      ].join('\n'),
    databaseFull: (gigabytes: number) =>
      `🟠 Il database è a ${gigabytes.toLocaleString('it')} GB su 10: oltre l’80%. Al limite non potrò più scrivere nulla.`,
    logins:
      '🟠 Troppi accessi al Politecnico falliscono, o se ne chiedono troppi: qualcuno potrebbe provare password altrui. Ho rallentato i nuovi collegamenti; le prenotazioni non ne risentono.',
  },
  over: {
    logins: '🟢 I tentativi di accesso sono tornati normali da un giorno.',
    noSession: '🟢 C’è di nuovo una sessione del portale che funziona: la lettura è ripartita.',
    lag: '🟢 Il ritardo è finito: niente è più in attesa.',
    deadLetters: '🟢 Non ci sono più messaggi non elaborati.',
    unwritten: '🟢 Tutti i messaggi si possono di nuovo comporre.',
    pushKey: '🟢 Nessun avviso nei browser aspetta più per una chiave rifiutata.',
    sportMarkup: '🟢 Le pagine di Polimisport sono di nuovo quelle che conosco.',
    databaseFull: '🟢 Il database è di nuovo sotto il 75% dello spazio.',
  },
  serviceTitle: 'Stato del servizio',
  allWell: '🟢 Tutto funziona.',
  notWell: (count: number) => (count === 1 ? '🔴 C’è un problema:' : `🔴 Ci sono ${count} problemi:`),
  /** An incident that is open now, in one line. */
  incidents: {
    'no-session': 'nessuna sessione del portale funziona: mandamene una con /sessione',
    lag: 'qualcosa aspetta da minuti senza partire: vedi Ritardo',
    'dead-letters': 'ci sono messaggi non elaborati: /lettere',
    unwritten: 'ci sono messaggi che non si possono comporre: vedi i log',
    'push-key': 'un servizio di notifiche rifiuta la mia chiave: vedi VAPID_KEYS e i log',
    'sport-markup': 'Polimisport ha pagine che non riconosco',
    'database-full': 'il database è quasi pieno',
    logins: 'troppi accessi al Politecnico falliscono',
  },
  helpOperator: `Per chi gestisce il bot:

/stato_admin: come va il servizio
/sessione: consegna una sessione del portale
/sessioni: le sessioni del portale
/lettere: i messaggi non elaborati
/ricifra: cifra di nuovo, dopo un cambio di chiave`,
  commandList: {
    stato_admin: 'Gestione: come va il servizio',
    sessione: 'Gestione: consegna una sessione del portale',
    sessioni: 'Gestione: le sessioni del portale',
    lettere: 'Gestione: i messaggi non elaborati',
    ricifra: 'Gestione: cifra di nuovo con la chiave nuova',
  },
  sessions: (good: number, dead: number) => `Sessioni del portale: ${good} buone, ${dead} scadute`,
  endExpected: (id: number, day: string, time: string) =>
    `• la ${id} finirà probabilmente ${day} verso le ${time}`,
  endUnknown: (id: number) => `• la ${id}: non so ancora quando finirà`,
  pausedSince: (when: string) => `⏸ Lettura in pausa: ${when}`,
  lastRound: (when: string) => `Ultima lettura riuscita: ${when}`,
  noRound: 'Ultima lettura riuscita: mai',
  lastTick: (when: string) => `Ultimo risveglio: ${when}`,
  falseAlarmsTitle: 'Falsi allarmi segnalati in due settimane:',
  falseAlarms: (office: string, reported: number, alerts: number, unsteady: boolean) =>
    `• ${office}: ${reported} avvisi su ${alerts}${unsteady ? ' (ora li manda solo dopo un secondo controllo)' : ''}`,
  stalestTitle: 'Lette da più tempo:',
  intervalsTitle: 'Lette più spesso:',
  interval: (province: string, seconds: number, followers: number, slotsPerHour: string) =>
    `• ${province}: ogni ${seconds} s (${followers} seguono, ${slotsPerHour} posti l’ora)`,
  requests: (spent: number, left: number) => `Richieste al portale oggi: ${spent}, ne restano ${left}`,
  reading: (province: string, when: string) => `• ${province}: ${when}`,
  lag: (seconds: number) => `Ritardo: ${seconds} s`,
  noLag: 'Ritardo: nessuno',
  queue: (queued: number, claimed: number, held: number) =>
    `In coda: ${queued}, in partenza: ${claimed}, trattenuti per il silenzio: ${held}`,
  today: (sent: number, failed: number, expired: number) =>
    `Oggi: ${sent} inviati, ${failed} falliti, ${expired} superati`,
  markup: (steps: string) => `⚠️ Pagine di Polimisport non riconosciute: ${steps}`,
  letters: (count: number) => `Messaggi non elaborati: ${count}`,
  database: (megabytes: string) => `Database: ${megabytes} MB su 10.000`,
  lettersTitle: 'Messaggi non elaborati',
  lettersNone: '🟢 Non ci sono messaggi non elaborati.',
  lettersMore: (count: number) => `…e altri ${count}`,
  letter: (id: number, what: string, when: string) => `${id}. ${what}, ${when}`,
  letterAvailability: (alert: string) => `avviso da diffondere (${alert})`,
  letterOutbound: 'sveglia di chi spedisce',
  letterUnknown: (queue: string) => `formato sconosciuto (coda ${queue})`,
  replay: (id: number) => `↻ Riprova ${id}`,
  drop: (id: number) => `🗑 Butta ${id}`,
  replayAll: '↻ Riprova tutti questi',
  dropAsk: (id: number) => `Butto il messaggio ${id}? Non si può recuperare.`,
  dropYes: 'Sì, buttalo',
  replayed: 'Rimesso in coda.',
  dropped: 'Buttato.',
  letterGone: 'Non c’è più.',
  noQueue: 'Non conosco la coda di questo messaggio: lo puoi solo buttare.',
  resealed: (sessions: number, unreadable: number) =>
    `🔐 Sessioni del portale cifrate di nuovo: ${sessions}. Illeggibili: ${unreadable}.`,
  resealedStudents: (students: number, values: number, unreadable: number) =>
    `🔐 Studenti: ${students}. Segreti cifrati di nuovo: ${values}. Illeggibili: ${unreadable}.`,
  resealedFailed: (count: number) =>
    `⚠️ ${count === 1 ? 'Uno studente non ha' : `${count} studenti non hanno`} risposto: ripeti /ricifra prima di togliere la chiave vecchia.`,
  resealedMore: 'Continua',
  resealedOtherKey:
    '⚠️ Il Worker booking cifra con una chiave diversa: metti la stessa ENCRYPTION_KEY nei due Worker e ripeti /ricifra.',
  resealedDone: '✅ Ora la chiave vecchia non serve più: puoi toglierla da ENCRYPTION_KEY.',
  resealedUnreadable:
    '⚠️ Quello che è illeggibile è stato cifrato con una chiave che non ho: aggiungila in fondo a ENCRYPTION_KEY e ripeti /ricifra, oppure va consegnato di nuovo.',
}
