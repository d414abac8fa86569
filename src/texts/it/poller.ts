/** What operators are told of the polling. */
export const poller = {
  suspiciousList: {
    'no-offices': (province: string) =>
      `⚠️ ${province}: il portale all’improvviso non elenca più nessuna sede. Per ora non considero chiuso nulla: ricontrollo tra qualche minuto.`,
    shrunken: (province: string) =>
      `⚠️ ${province}: il portale all’improvviso elenca meno della metà delle sedi. Per ora non considero chiuso nulla: ricontrollo tra qualche minuto.`,
  },
  portalSilent:
    '⚠️ Tutte le province risultano vuote nello stesso momento: forse il portale mi sta rifiutando. Per ora non considero chiuso nulla: ricontrollo tra qualche minuto.',
}
