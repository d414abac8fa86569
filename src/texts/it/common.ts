/** Menus, help and everything that belongs to no single part. */
export const common = {
  welcome:
    'Ciao! Sono Sportello: ti avviso su Telegram appena si libera un posto per il passaporto nelle province che segui.\nScegli qui sotto, o scrivimi il nome di una provincia.',
  welcomeWithSport:
    'Ciao! Sono Sportello: ti avviso appena si libera un posto per il passaporto nelle province che segui, e prenoto per te i corsi sportivi del Politecnico.\nScegli qui sotto, o scrivimi il nome di una provincia.',
  menu: 'Che cosa vuoi fare?',
  passport: '🛂 Passaporto',
  sport: '🏃 Sport',
  settings: '⚙️ Impostazioni',
  status: '📊 Stato',
  help: '❓ Aiuto',
  app: '📱 Apri l’app',
  menuButton: 'Sportello',
  back: '⬅️ Indietro',
  home: '🏠 Menu',
  /** What is said of a paste in several messages, or as a file. */
  paste: {
    waits:
      'Telegram ha diviso il testo in più messaggi: ho questa parte, aspetto il resto. Cancello ogni messaggio che arriva.',
    restCancelled: 'Hai annullato: ho tolto dalla chat anche il resto di quello che avevi incollato.',
    restTaken:
      'Avevo già preso quello che mi avevi mandato: ho tolto dalla chat anche questo pezzo, senza usarlo. Se era diviso in due, rimandamelo tutto insieme.',
    timedOut:
      'Il resto del testo non è arrivato, quindi ho buttato la prima parte. Rimandamelo tutto: se è lungo, conviene un file di testo.',
    'too-large':
      'Questo file è troppo grande: ne leggo fino a 5 MB. Mandami solo la richiesta che serve, o la riga Cookie.',
    'not-text': 'Questo file non è un testo. Salva la richiesta in un file .txt e mandamelo.',
    'not-fetched':
      'Non sono riuscito a leggere questo file. Rimandamelo come file di testo, oppure incolla il testo.',
  },
  cancel: 'Annulla',
  otherLanguage: '🇬🇧 English',
  helpText:
    'Controllo di continuo il portale della Polizia di Stato e ti scrivo appena si libera un posto per il passaporto nelle province che segui. Il posto poi lo prenoti tu, sul portale.\n\nPer seguirne una, scrivimi il suo nome o quello di un comune: «Torino», «Moncalieri», «TO».',
  howToBook: '🔗 Come si prenota?',
  howToBookText: `Appena arriva un avviso:

1. Premi «Prenota sul portale» ed entra con SPID o CIE.
2. Scegli la provincia, poi la sede scritta nell’avviso.
3. Prendi uno dei giorni e degli orari dell’avviso e conferma.

I posti durano pochi minuti: tieni pronti SPID e documento. Quando un posto non c’è più, lo barro nell’avviso.`,
  howToBookSport: '\nI corsi sportivi invece li prenoto io per te.',
  allCommands: '📖 Tutti i comandi',
  helpCommands: `/segui torino: segui una provincia (nome o sigla)
/smetti TO: smetti di seguirla; /smetti tutte per tutte
/mie: le province che segui
/stato: quando le ho controllate e dove c’è posto
/perche: che fine hanno fatto gli ultimi posti, e perché non ti ho scritto
/impostazioni: lingua, ore di silenzio, filtri
/privacy: cosa conservo di te
/esporta: i tuoi dati in un file
/cancellami: cancella tutto

Mi puoi aggiungere a gruppi e canali: lì decidono gli amministratori.`,
  helpSport: `Lo sport del Politecnico: /sport apre il menu.

/collega: collega il tuo account
/prenota: un corso o un turno in palestra
/prenotazioni: quello che hai prenotato
/periodiche: quello che prenoto ogni settimana
/orari: i corsi della settimana
/status: a che punto sono le tue richieste di sport
/storico: com’è andata`,
  privacyText: `Cosa conservo di questa chat:
• il suo numero su Telegram e il tipo (privata, gruppo, canale)
• le province che segui e le tue impostazioni
• gli avvisi che ti ho mandato, per poterli aggiornare, e quelli che hai segnalato come falsi

Nessun nome, nessun numero di telefono, nessun testo che mi scrivi. I dati non vanno a nessun altro. Se colleghi lo sport, conservo cifrati i tuoi dati di accesso (chi mi gestisce può decifrarli), con le tue prenotazioni e il loro storico. Uso l’accesso per te e, a volte, per leggere gli orari dei corsi, che mostro a tutti.

/esporta ti dà tutto in un file, /cancellami cancella tutto.`,
  notUnderstood:
    'Non ho capito. Scrivimi il nome o la sigla di una provincia (per esempio «Torino» o «TO»), oppure scegli dal menu.',
  nothingAsked: 'Non ho domande in sospeso per te. Ecco che cosa posso fare:',
  stopHow: 'Di quale provincia non vuoi più avvisi?',
  onlyText: 'So leggere solo il testo: scrivimi il nome o la sigla di una provincia, oppure scegli dal menu.',
  unknownCommand: 'Questo comando non lo conosco. /help dice tutto quello che so fare.',
  oldButton: 'Questo pulsante è di un vecchio menu: eccone uno nuovo.',
  wentWrong: 'Qualcosa è andato storto, scusami. Riprova tra poco.',
  tooMany: 'Troppe richieste in poco tempo: aspetta un paio di minuti e riprova.',
  adminsOnly: 'Qui possono farlo solo gli amministratori.',
  adminUnknown: 'Non riesco a controllare se sei amministratore: riprova tra poco.',
  privateOnly: 'Questo si fa solo in privato: scrivimi direttamente.',
  sportNotAllowed:
    'Lo sport è riservato a poche persone, scelte da chi gestisce questo bot. Per il passaporto ci sono sempre!',
  hello:
    'Ciao a tutti! Gli amministratori possono scrivere /segui torino e avviserò qui quando si libera un posto.',
  exportName: 'sportello-i-miei-dati.json',
  exportCaption: 'Ecco tutto quello che conservo di questa chat.',
  exportFailed: 'Non sono riuscito a mandarti il file. Riprova tra poco con /esporta.',
  whyNoAlert: '🤔 Perché non ricevo avvisi?',
  deleteData: '🗑 Cancella i miei dati',
  forgetAsk:
    'Cancello tutto quello che so di questa chat: province, impostazioni, avvisi. Non si torna indietro. Sei sicuro?',
  forgetAskSport:
    'Cancello tutto quello che so di questa chat: province, impostazioni, avvisi. Per lo sport cancello anche i tuoi dati di accesso, le preferenze, le prenotazioni periodiche, le richieste in attesa, lo storico e l’indirizzo del calendario. Le prenotazioni già fatte restano sul sito: non ti chiedo più se ci vai e non le annullo, se non ci vai disdicile tu. Non si torna indietro. Sei sicuro?',
  forgetYes: '🗑 Sì, cancella tutto',
  forgetNo: 'No, lascia stare',
  forgotten: 'Fatto: ho cancellato tutto. Se ti servo ancora, scrivimi /start.',
  forgottenLater:
    'Ho cancellato quasi tutto. I dati dello sport adesso non sono raggiungibili: li cancello da solo appena torna possibile.',
  kept: 'Va bene, non ho cancellato nulla.',
  shortDescription: 'Ti avviso appena si libera un posto per il passaporto nella tua provincia.',
  description:
    'Ti scrivo appena si libera un posto per il passaporto nelle province che segui. Gratis, senza pubblicità. Premi Avvia.',
  commandList: {
    start: 'Il menu',
    segui: 'Segui una provincia: /segui torino',
    smetti: 'Smetti di seguirla: /smetti TO',
    mie: 'Le province che segui',
    stato: 'Passaporto: posti liberi e ultimo controllo',
    perche: 'Che fine hanno fatto gli ultimi posti',
    impostazioni: 'Lingua, ore di silenzio, filtri',
    help: 'Come funziona',
    privacy: 'Cosa conservo di te',
    esporta: 'I tuoi dati in un file',
    cancellami: 'Cancella tutto',
  },
}
