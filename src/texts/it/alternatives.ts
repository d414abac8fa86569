/** Other ways to a passport, for provinces without places. */
export const alternatives = {
  none: (province: string) =>
    `🕰 ${province}: da almeno due settimane non vedo posti. Intanto puoi provare così:`,
  post: '📮 Alle poste. Molti uffici postali, soprattutto nei piccoli comuni (progetto Polis), prendono le richieste di passaporto, anche per i minori, senza passare dal portale; il passaporto può arrivare a casa.',
  agenda:
    '✈️ Agenda prioritaria. Se parti entro 30 giorni, sul portale trovi appuntamenti a parte: solo nella provincia in cui risiedi, e allo sportello devi dimostrare la partenza.',
  goOn: 'Io continuo a controllare: se si libera un posto te lo scrivo.',
  postLink: '📮 Poste Italiane',
  agendaLink: '✈️ Portale della Polizia',
}
