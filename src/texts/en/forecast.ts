import type { Texts } from '../texts.ts'

const forDays = (days: number) => (days === 1 ? 'one day' : `${days} days`)

export const forecast: Texts['forecast'] = {
  heading: 'What to expect',
  tooShort: (days) =>
    days < 1
      ? '🔮 I have been checking this province for less than a day: too short for a forecast.'
      : `🔮 I have been checking this province for only ${forDays(days)}: too short for a forecast.`,
  none: (weeks, filtered) =>
    `🔮 In the last ${weeks} weeks ${filtered ? 'no place passed your filters' : 'no place was freed'}: it may take a long time.`,
  some: (slots, filtered, lasting) =>
    `🔮 ${filtered ? 'With your filters' : 'Usually'}: ${slots}${lasting === null ? '' : `; half are gone within ${lasting}`}.`,
  slots: (perWeek) =>
    perWeek < 1.5
      ? perWeek < 0.75
        ? 'less than one place a week'
        : 'about one place a week'
      : `about ${Math.round(perWeek)} places a week`,
  chances: (chances) =>
    `Chance of at least one: ${chances.map(({ days, chance }) => `${chance} within ${days} days`).join(', ')}. It is an estimate from what I saw, not a promise.`,
  below: 'below 5%',
  above: 'above 95%',
}
