const inDays = (days: number) => (days === 1 ? 'un giorno' : `${days} giorni`)

/** What to expect of a province. */
export const forecast = {
  heading: 'Che cosa aspettarsi',
  tooShort: (days: number) =>
    days < 1
      ? '🔮 Controllo questa provincia da meno di un giorno: è troppo poco per una previsione.'
      : `🔮 Controllo questa provincia solo da ${inDays(days)}: è troppo poco per una previsione.`,
  none: (weeks: number, filtered: boolean) =>
    `🔮 Nelle ultime ${weeks} settimane ${filtered ? 'nessun posto è passato dai tuoi filtri' : 'non si è liberato nessun posto'}: può volerci molto.`,
  some: (slots: string, filtered: boolean, lasting: string | null) =>
    `🔮 ${filtered ? 'Con i tuoi filtri' : 'Di solito'}: ${slots}${lasting === null ? '' : `; metà sparisce entro ${lasting}`}.`,
  slots: (perWeek: number) =>
    perWeek < 1.5
      ? perWeek < 0.75
        ? 'meno di un posto a settimana'
        : 'circa un posto a settimana'
      : `circa ${Math.round(perWeek)} posti a settimana`,
  chances: (chances: readonly { days: number; chance: string }[]) =>
    `Probabilità di almeno uno: ${chances.map(({ days, chance }) => `${chance} entro ${days} giorni`).join(', ')}. È una stima da quello che ho visto, non una promessa.`,
  below: 'meno del 5%',
  above: 'più del 95%',
}
