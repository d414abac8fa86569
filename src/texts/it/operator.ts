/** What operators read about portal sessions. */
export const operator = {
  howTo:
    'Per leggere il portale serve la sessione di una persona che ha fatto l’accesso con SPID o CIE:\n\n1. Entra su passaportonline.poliziadistato.it e arriva alla scelta del comune.\n2. Apri gli strumenti per sviluppatori (F12), scheda Rete, e ricarica la pagina.\n3. Tasto destro sulla prima richiesta → Copia → Copia come cURL.\n4. Incolla qui, dopo /sessione oppure nel prossimo messaggio.\n\nCancello il tuo messaggio appena l’ho letto.',
  trying: 'Provo la sessione sul portale…',
  kept: (id: number, offices: number) =>
    `✅ La sessione n. ${id} funziona (${offices} sedi lette per prova). La lettura del portale è attiva.`,
  noCookies:
    'In questo testo non trovo nessun cookie. Copia la richiesta intera con «Copia come cURL», oppure la riga che comincia con «Cookie:».',
  noJsessionid:
    'Manca il cookie JSESSIONID, quello che conta. Copia la richiesta da una pagina in cui hai già fatto l’accesso.',
  refused:
    'Il portale non accetta questa sessione: forse è già scaduta. Entra di nuovo, poi copia una richiesta appena fatta.',
  unreachable: 'Adesso il portale non risponde e non posso provare la sessione. Riprova tra qualche minuto.',
  notDeleted: '⚠️ Non sono riuscito a cancellare il tuo messaggio: cancellalo tu, contiene la tua sessione.',
  died: (id: number, left: number) =>
    left > 0
      ? `⚠️ La tua sessione n. ${id} del portale è scaduta. Continuo con le altre (${left}). Per rinnovarla manda /sessione e segui i passi.`
      : `⚠️ La tua sessione n. ${id} del portale è scaduta ed era l’ultima: la lettura è in pausa. Per riprendere manda /sessione e segui i passi; riparte da sola.`,
  none: 'Non c’è nessuna sessione: la lettura del portale è in pausa. Manda /sessione per darne una.',
  list: 'Sessioni del portale:',
  good: (id: number, age: string, answered: string) =>
    `🟢 n. ${id}, da ${age}, ultima risposta ${answered} fa`,
  dead: (id: number, age: string, died: string) => `🔴 n. ${id}, da ${age}, scaduta ${died} fa`,
  remove: (id: number) => `🗑 Togli la n. ${id}`,
  removed: (id: number) => `La sessione n. ${id} è stata tolta.`,
  seconds: (count: number) => (count === 1 ? '1 secondo' : `${count} secondi`),
  minutes: (count: number) => (count === 1 ? '1 minuto' : `${count} minuti`),
  hours: (count: number) => (count === 1 ? '1 ora' : `${count} ore`),
  days: (count: number) => (count === 1 ? '1 giorno' : `${count} giorni`),
}
