/** Alerts on a browser, without Telegram. */
export const push = {
  heading: 'Avvisi su questo dispositivo',
  lead: 'Senza Telegram: quando si libera un posto, questo telefono o computer ti mostra una notifica, anche a pagina chiusa.',
  on: (province: string) => `Avvisi attivi per ${province} su questo dispositivo.`,
  other: (province: string) => `Su questo dispositivo segui altre province, non ${province}.`,
  start: 'Avvisami qui',
  stop: 'Basta avvisi qui',
  settings: 'Filtri, ore di silenzio, i miei dati',
  confirming: 'Ti mando una notifica di prova: appena arriva, gli avvisi sono attivi.',
  noScript: 'Per attivarli serve JavaScript: qui è spento. Su Telegram gli avvisi funzionano lo stesso.',
  unsupported: 'Questo browser non mostra notifiche. Prova con un altro, o fatti avvisare su Telegram.',
  install:
    'Su iPhone e iPad apri il menu Condividi e scegli «Aggiungi alla schermata Home»: poi apri Sportello da lì e attiva gli avvisi.',
  denied:
    'Le notifiche di questo sito sono bloccate. Permettile nelle impostazioni del browser, poi ricarica la pagina.',
  failed: 'Non ci sono riuscito. Riprova tra poco.',
  tooMany: 'Troppe richieste: riprova tra un minuto.',
  confirmedTitle: '🔔 Avvisi attivi',
  confirmedBody: (province: string) =>
    `Quando si libera un posto a ${province}, te lo dico così. Tocca per scegliere filtri e ore di silenzio.`,
  renewedBody: 'Questo dispositivo riceve di nuovo gli avvisi.',
  visitor: 'questo dispositivo',
}
