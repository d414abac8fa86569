/** Early notices: slots that an office shows before they can be booked. */
export const early = {
  /** @param from as `dates.from` says it */
  title: (from: string) => `In arrivo, prenotabile oggi ${from}:`,
  note: 'Quando si apre la prenotazione ti scrivo di nuovo, se ci sono ancora posti per te.',
  calendar: '📆 Aggiungi al calendario',
  /** The title of a calendar entry. */
  entry: (office: string) => `Passaporto: si apre la prenotazione (${office})`,
  on: '⏳ Preavviso dei posti: sì',
  off: '⏳ Preavviso dei posti: no',
  ask: 'Alcune sedi mostrano i posti di notte e li fanno prenotare solo la mattina. Vuoi saperlo appena li vedo? Ti scrivo una volta, senza suono; quando si apre la prenotazione ti avviso come sempre.',
  /** In the Mini App. */
  tick: 'Dimmelo prima, senza suono, quando una sede mostra posti che si prenoteranno più tardi',
}
