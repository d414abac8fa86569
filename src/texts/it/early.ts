/** Early notices: slots that an office shows before they can be booked. */
export const early = {
  /** @param from as `dates.from` says it */
  title: (from: string) => `In arrivo, si prenota oggi ${from}:`,
  note: 'Quando si apre la prenotazione ti scrivo di nuovo, se ci sono ancora posti per te.',
  calendar: '📆 Aggiungi al calendario',
  /** The title of a calendar entry. */
  entry: (office: string) => `Passaporto: si apre la prenotazione (${office})`,
  on: '⏳ Preavviso dei posti: sì',
  off: '⏳ Preavviso dei posti: no',
  ask: 'Alcune sedi mostrano i posti di notte e li fanno prenotare solo la mattina. Vuoi saperlo appena li vedo? Ti scrivo una volta, senza suono; quando si apre la prenotazione ti avviso come sempre.',
  /** Beside what became of its slots: that it was sent at a time, or will be when quiet hours end. */
  sent: (time: string) => `📆 preavviso mandato alle ${time}`,
  held: (time: string) => `📆 preavviso alle ${time}, quando finiscono le tue ore di silenzio`,
  /** For a person who gets none and sees slots that open later. */
  hint: '⏳ Vuoi saperlo appena una sede mostra i posti? Attiva «Preavviso dei posti» nelle impostazioni.',
  /** In the Mini App. */
  tick: 'Preavviso dei posti: scrivimi una volta, senza suono, appena una sede mostra posti che si prenotano più tardi',
}
