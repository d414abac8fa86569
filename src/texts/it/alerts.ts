const places = (count: number) => (count === 1 ? '1 posto' : `${count} posti`)

/** What an alert says. */
export const alerts = {
  /** What a notification shows. @param day of the first date; `more`: there are others */
  headline: (place: string, count: number, day: string, time: string, more: boolean) =>
    `${place}: ${places(count)}, ${more ? 'da ' : ''}${day} ${time}`,
  headlineGone: (place: string) => `${place}: posti finiti`,
  /** The provinces of a message about several. */
  provinces: (first: string, others: readonly string[]) =>
    others.length > 2 ? `${first} e altre ${others.length}` : [first, ...others].join(', '),
  /** @param from when it can be booked, if not yet */
  newSlots: (from: string | null) => `Nuova disponibilità${from === null ? '' : `, prenotabile ${from}`}:`,
  /** Of known times that now have as many places as the person needs. */
  enoughPlaces: (from: string | null) =>
    `Ora i posti bastano${from === null ? '' : `, prenotabili ${from}`}:`,
  /** Of an alert that was sent: some of its places are gone. */
  tooFewLeft: 'I posti non bastano più:',
  allGone: 'Non più disponibile:',
  firstDate: 'Prima data:',
  availability: 'Disponibilità:',
  slot: (date: string, time: string, count: number) => `${date} ore ${time} · ${places(count)}`,
  moreSlots: (count: number) => (count === 1 ? '…e un altro orario' : `…e altri ${count} orari`),
  /** Of a day with several times, for families. @param runs first and last of the times that follow one another */
  together: (date: string, count: number, runs: readonly [string, string][]) =>
    `👨‍👩‍👧 ${date}: ${count} posti in tutto${runs.length > 0 ? `, di seguito ${runs.map(([first, last]) => `dalle ${first} alle ${last}`).join(' e ')}` : ''}`,
  /** Of a day that had as many places as a family needs. */
  tooFewOnDay: (date: string, count: number) =>
    `👨‍👩‍👧 ${date}: ormai solo ${places(count)}, non ${count === 1 ? 'basta' : 'bastano'} più`,
  office: 'Sede:',
  address: 'Indirizzo:',
  book: '🔗 Prenota sul portale',
  falseAlarm: '👻 Non c’era',
  falseAlarmThanks: 'Grazie, l’ho segnato: se una sede sbaglia spesso, prima di avvisarti ricontrollo.',
  copyOffice: '📋 Copia la sede',
  copyAddress: '📋 Copia l’indirizzo',
  digestTitle: 'Si sono liberati nelle tue ore di silenzio:',
  blind: (province: string) =>
    `⚠️ Da dieci minuti non riesco a controllare ${province}. Continuo a provare e ti avviso appena ci riesco.`,
  sight: (province: string) =>
    `✅ Riesco di nuovo a controllare ${province}: se si libera un posto te lo scrivo.`,
  filterExpired: (date: string) =>
    `📅 Mi hai chiesto solo gli appuntamenti prima del ${date}. Quel giorno è arrivato: con questa data non ti avviso più di niente. Vuoi cambiarla o toglierla?`,
  filterChange: '✏️ Cambia la data',
  filterRemove: '❌ Togli la data',
  /** Before the first line of an example of an alert. */
  exampleTitle: '🔔 Esempio ·',
  exampleOffice: (province: string) => `Questura di ${province}`,
  exampleNote:
    'È solo un esempio: questi posti non ci sono. Sotto un avviso vero trovi il tasto per prenotare.',
  exampleSoon:
    '🔔 Tra dieci secondi ti mando un avviso di esempio: chiudi Telegram e guarda se lo senti. Se resta muto, controlla le notifiche di questa chat e del telefono.',
  exampleSoonSilent:
    '🔔 Tra dieci secondi ti mando un avviso di esempio. Sono le tue ore di silenzio: arriva senza suono, come gli avvisi veri.',
  exampleSoonDigest: (to: string) =>
    `🔔 Tra dieci secondi ti mando un avviso di esempio, senza suono: sono le tue ore di silenzio. Gli avvisi veri adesso aspettano le ${to}.`,
}
