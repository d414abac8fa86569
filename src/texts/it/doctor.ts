/** What operators read when `npm run doctor` tries the way of an alert out. */
export const doctor = {
  trial: (time: string) =>
    `🩺 Avviso di prova delle ${time}: è passato per la stessa strada degli avvisi veri. Se lo leggi, gli avvisi arrivano.`,
}
