/** "Why do I get no alerts?": what holds them back, and what became of the last slots. */
export const why = {
  title: 'Perché non ricevi avvisi',
  paused:
    '⏸ Adesso non posso controllare il portale: mi serve un nuovo accesso. Riprendo da solo appena chi mi gestisce lo rinnova.',
  outage: (names: string) => `⚠️ Adesso non riesco a controllare: ${names}. Continuo a provare.`,
  booked: (names: string) => `✅ Hai prenotato: non ti avviso più per ${names}.`,
  muted: (names: string) => `🔕 Hai silenziato: ${names}.`,
  filters: (filters: string) => `🔍 Hai messo dei filtri (${filters}): per gli altri posti non ti scrivo.`,
  silent: (from: string, to: string) => `🌙 Dalle ${from} alle ${to} ti scrivo senza suono.`,
  digest: (from: string, to: string) =>
    `🌙 Dalle ${from} alle ${to} non ti scrivo: ti dico tutto alle ${to}.`,
  fine: '✅ È tutto a posto: da parte mia nulla ferma gli avvisi. Ti scrivo appena si libera un posto nuovo.',
  /** Opens this from the status and the settings. */
  open: '🤔 Che fine hanno fatto gli ultimi posti?',
  recent: 'Gli ultimi posti visti nelle tue province',
  recentNone: 'Negli ultimi sette giorni non ho visto posti nuovi nelle tue province.',
  /** When slots of an office were seen. */
  seen: (day: string, time: string) => `visti ${day} alle ${time}`,
  today: 'oggi',
  yesterday: 'ieri',
  slots: (first: string, time: string, others: number) =>
    `${first} ore ${time}${others === 0 ? '' : others === 1 ? ' e un altro orario' : ` e altri ${others} orari`}`,
  outcome: {
    sent: (time: string, after: string) => `te l’ho scritto alle ${time}, ${after} dopo averlo visto`,
    digest: (time: string) => `te l’ho scritto alle ${time}, finite le tue ore di silenzio`,
    sending: 'te lo sto mandando adesso',
    held: (time: string) => `te lo dico alle ${time}, quando finiscono le tue ore di silenzio`,
    gone: 'preso da altri prima che potessi scrivertelo',
    filtered: (filter: string) => `lo escludono i tuoi filtri${filter && ` (${filter})`}`,
    booked: 'non te l’ho scritto: hai già un appuntamento',
    muted: 'avevi silenziato la provincia',
    tooEarly: 'non seguivi ancora la provincia',
    notDelivered: 'non sono riuscito a mandartelo',
    unknown: 'non te l’ho scritto: forse allora avevi altri filtri, o la provincia era silenziata',
    opensLater: (from: string) => `si prenota ${from}: ti scrivo allora`,
    secondReading: 'lo ricontrollo: se c’è ancora te lo scrivo (da questa sede arrivano molti falsi allarmi)',
    unconfirmed: 'al secondo controllo non c’era più: falso allarme, o preso subito',
    goneEarly: 'preso prima che si potesse prenotare',
  },
  /** Under outcomes that present choices explain. */
  reported: 'l’hai segnalato come falso allarme',
  presentChoices:
    'Filtri e silenzi sono quelli di adesso: se li hai cambiati, il motivo di allora può essere un altro.',
}
