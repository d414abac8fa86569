import type { Database } from '../../db/database.ts'
import { duration } from '../../platform/duration.ts'
import { DAY } from '../../platform/time.ts'
import { type Language, textsIn } from '../../texts/index.ts'
import { filterWords } from '../follow/filter-words.ts'
import type { SlotFilter } from '../follow/slot-filter.ts'
import { FORECAST_DAYS, type Forecast, forecastOf } from './forecast.ts'
import { readSlotHistory } from './read-openings.ts'

/** The forecast of a province, and for how many whole days it was watched. */
export interface ProvinceForecast {
  /** Undefined when the history is too short. */
  forecast: Forecast | undefined
  days: number
}

/** Reads the history of a province, and computes its forecast for some filters. */
export async function readForecast(
  db: Database,
  filter: SlotFilter,
  province: string,
  now: number,
): Promise<ProvinceForecast> {
  const { openings, since } = await readSlotHistory(db, [province], now - FORECAST_DAYS * DAY, now)
  const begin = since.get(province) ?? now
  return {
    forecast: forecastOf(filter, openings, begin, now),
    days: Math.floor((now - begin) / DAY),
  }
}

/** A chance in steps of five percent: more would promise too much. */
function chanceInWords(language: Language, chance: number): string {
  const { forecast } = textsIn(language)
  if (chance < 0.05) return forecast.below
  if (chance > 0.95) return forecast.above
  return new Intl.NumberFormat(language === 'it' ? 'it-IT' : 'en-GB', { style: 'percent' }).format(
    Math.round(chance * 20) / 20,
  )
}

/** A forecast in words, a line each: how many slots, and the chances. @param filtered some filter is on */
export function forecastWords(
  language: Language,
  { forecast, days }: ProvinceForecast,
  filtered: boolean,
): string[] {
  const texts = textsIn(language).forecast
  if (!forecast) return [texts.tooShort(days)]
  const { slots, slotsPerWeek, medianMs, chances } = forecast
  if (slots === 0) return [texts.none(Math.floor(days / 7), filtered)]
  const lasting = medianMs === null ? null : duration(language, medianMs)
  return [
    texts.some(texts.slots(slotsPerWeek), filtered, lasting),
    texts.chances(chances.map((one) => ({ days: one.days, chance: chanceInWords(language, one.chance) }))),
  ]
}

/** The forecast of a province for a chat, in words. */
export async function readForecastWords(
  db: Database,
  chat: SlotFilter & { language: Language },
  province: string,
  now: number,
): Promise<string[]> {
  const filtered = filterWords(textsIn(chat.language), chat, province) !== ''
  return forecastWords(chat.language, await readForecast(db, chat, province, now), filtered)
}
