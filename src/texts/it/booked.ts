/** "Ho prenotato": what a person who has an appointment still wants to hear. */
export const booked = {
  button: '✅ Ho prenotato',
  buttonIn: (name: string) => `✅ Prenotato: ${name}`,
  ask: (name: string) =>
    `Bene! Vuoi ancora avvisi per ${name}? Se cerchi una data migliore, dimmi quale hai: ti scrivo solo per quelle prima.`,
  stop: '🛑 No, basta avvisi',
  earlier: (day: string) => `📅 Ho ${day}: solo prima`,
  other: '✏️ Scrivi la mia data',
  not: '↩️ Non ho prenotato',
  stopped: (name: string) => `✅ ${name}: bene, non ti avviso più. Se cambi idea, riprendo con un tocco.`,
  kept: (name: string, date: string) => `✅ ${name}: ti avviso solo per gli appuntamenti prima del ${date}.`,
  warning: (date: string) =>
    `⚠️ Hai già il ${date}. Per spostarlo il portale chiede prima di annullarlo, e intanto il posto nuovo può sparire: rischi di perderli entrambi.`,
  forgotten: (name: string) => `🔔 ${name}: ti avviso per tutte le date.`,
  goesOn: (name: string) => `Va bene: per ${name} continuo ad avvisarti come prima.`,
  typed: 'Scrivimi la data del tuo appuntamento, per esempio «31/12/2026».',
  past: 'Questa data è già passata: scrivimi quella del tuo appuntamento.',
  far: 'Questa data è troppo lontana: scrivimi quella del tuo appuntamento.',
  again: '🔔 Avvisami di tutte le date',
  change: '✏️ Cambia la data',
  statusStopped: '✅ Hai prenotato: non ti avviso più',
  statusKept: (date: string) => `✅ Hai prenotato per il ${date}: ti avviso solo per date prima`,
  item: (name: string, code: string) => `• ${name} (${code}) ✅ prenotato`,
  wordsEarlier: (date: string) => `prima del tuo appuntamento del ${date}`,
  count: (count: number) => `Hanno prenotato negli ultimi 30 giorni: ${count}`,
  countLabel: 'Hanno prenotato negli ultimi 30 giorni',
}
