/** The pages that explain. A section is a heading and its paragraphs. */
export const info = {
  how: {
    title: 'Come funziona',
    description: 'Come Sportello trova i posti liberi per il passaporto e ti avvisa.',
    sections: [
      [
        'In breve',
        'Segui su Telegram una o più province. Quando sul portale della Polizia di Stato si libera un posto, ti arriva un messaggio con giorno, ora, sede e il link per prenotare. La prenotazione la fai tu, sul portale, con il tuo SPID o la tua CIE.',
      ],
      [
        'Perché serve',
        'I posti nuovi escono quasi tutti dopo mezzanotte, si prenotano dalle nove e finiscono in pochi minuti. Ma ogni giorno qualcuno disdice: quei posti riappaiono a un’ora qualunque, spesso per i giorni dopo, e pochi se ne accorgono. Io sì.',
      ],
      [
        'Come si comincia',
        'Apri la mappa, tocca la tua provincia e premi «Avvisami su Telegram». Oppure scrivimi in chat il nome della provincia. Puoi scegliere le sedi, una data entro cui ti serve, gli orari e le ore di silenzio.',
      ],
      [
        'Che cosa controllo',
        'Solo le province che qualcuno segue, con poche richieste alla volta: di solito da ogni cinque secondi a ogni minuto, più spesso dove si liberano più posti e dove più persone aspettano. Se il portale non risponde rallento, e se per più di dieci minuti non ci riesco lo dico a chi segue quella provincia.',
      ],
      [
        'Che cosa vedi sulla mappa',
        'Una casella per provincia, con la sigla e il numero di posti liberi all’ultimo controllo. Le caselle tratteggiate sono province che nessuno segue: lì non guardo. Una casella con il punto interrogativo è seguita, ma da un po’ non riesco a controllarla.',
      ],
      [
        'Quanto costa',
        'Niente. Non c’è pubblicità e nessuno vende i tuoi dati. Il codice è aperto: chiunque può controllare come funziona, o installarne uno proprio.',
      ],
    ] as [heading: string, text: string][],
  },
  privacy: {
    title: 'Privacy',
    description: 'Che cosa Sportello conserva di te, e che cosa no.',
    sections: [
      [
        'Su queste pagine',
        'Nessun cookie, nessuna statistica sui visitatori, nessuna richiesta ad altri siti. Le pagine non sanno chi sei.',
      ],
      [
        'Avvisi sul tuo dispositivo',
        'Se li attivi, conservo l’indirizzo che il tuo browser mi dà per le notifiche, con le sue chiavi, le province che segui e le tue preferenze. Un cookie tecnico dice che sei tu, così puoi cambiarle. Gli avvisi passano, cifrati, dal servizio di notifiche del browser (di Google, Mozilla, Apple o Microsoft). Cancelli tutto da «I miei dati».',
      ],
      [
        'Nel bot',
        'Conservo il numero della chat su Telegram e il suo tipo, le province che segui, le tue preferenze e gli avvisi che ti ho mandato negli ultimi trenta giorni, per poterli aggiornare, con quelli che hai segnalato come falsi. Nessun nome, nessun numero di telefono, nessun testo che scrivi.',
      ],
      [
        'Nell’app dentro Telegram',
        'Quando apri l’app, Telegram mi dice il tuo numero utente, con una firma che verifico. Un cookie tecnico, valido dodici ore, mi ricorda che sei entrato: serve solo a questo.',
      ],
      [
        'Sport al Politecnico',
        'Se colleghi il tuo account, conservo cifrati i dati di accesso; chi gestisce questa installazione ha la chiave e può decifrarli. Li uso per le tue prenotazioni e, a volte, per leggere gli orari dei corsi, che mostro a tutti gli studenti: le tue prenotazioni no. Conservo anche le tue richieste, le prenotazioni e il loro storico. Puoi scollegare l’account quando vuoi.',
      ],
      [
        'I tuoi diritti',
        'In chat, /esporta ti dà in un file tutto quello che conservo di te e /cancellami cancella tutto, subito. Per un anno resta un codice da cui non si risale a te, così nessun backup può riportarti qui. Le stesse cose si fanno dall’app.',
      ],
      [
        'Dove stanno i dati',
        'Nel database di chi gestisce questa installazione, sulla rete di Cloudflare. I messaggi passano da Telegram. Nessun altro li riceve.',
      ],
    ] as [heading: string, text: string][],
  },
}
