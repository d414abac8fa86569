const places = (count: number) => (count === 1 ? '1 posto' : `${count} posti`)

/** What an alert says. */
export const alerts = {
  newSlots: 'Nuova disponibilità:',
  newSlotsAt: (time: string) => `Nuova disponibilità alle ore ${time}:`,
  allGone: 'Non più disponibile:',
  firstDate: 'Prima data:',
  availability: 'Disponibilità:',
  slot: (date: string, time: string, count: number) => `${date} ore ${time} · ${places(count)}`,
  moreSlots: (count: number) => (count === 1 ? '…e un altro orario' : `…e altri ${count} orari`),
  office: 'Sede:',
  address: 'Indirizzo:',
  book: '🔗 Prenota sul portale',
  digestTitle: 'Mentre non disturbavo si sono liberati questi posti:',
  blind: (province: string) =>
    `⚠️ Da dieci minuti non riesco a leggere ${province}. Continuo a provare e ti avviso appena torno a vedere.`,
  sight: (province: string) => `✅ Riesco di nuovo a leggere ${province}: la guardo di nuovo per te.`,
}
