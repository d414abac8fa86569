import * as z from 'zod'
import { cutText } from '../../platform/cut-text.ts'
import { isRomeDate, isRomeTime, type RomeDate, type RomeTime, romeDate } from '../../platform/time.ts'
import type { ObservedOffice, ObservedSlot, PortalResult } from '../model.ts'
import { failure, value } from './portal-result.ts'

/**
 * Schemas of the portal's answers, from its observed traffic. Only fields that we use are checked. One invalid entry
 * makes the whole answer invalid: a list without it would report something as gone.
 */

const id = z
  .union([z.number().int(), z.string().trim()])
  .transform(String)
  .pipe(z.string().regex(/^[\w.-]{1,24}$/))
const count = z.union([z.number(), z.string().trim().regex(/^\d+$/).transform(Number)]).pipe(z.number().int())
/** Only displayed: a missing or odd value is harmless. */
const shown = z
  .string()
  .catch('')
  .transform((text) => cutText(text, 300).replace(/\s+/g, ' ').trim())

/** The years that the portal may mean: a number in other units is not a day. */
const plausible = (date: RomeDate) => date >= '2020-01-01' && date < '2100-01-01'
const rangeOfDate = 8.64e15

/** The Rome day of an instant in epoch ms; null when it is not one that the portal may mean. */
function dayOf(instant: number): RomeDate | null {
  if (!Number.isFinite(instant) || Math.abs(instant) > rangeOfDate) return null
  const date = romeDate(Math.trunc(instant))
  return plausible(date) ? date : null
}

/**
 * The Rome day of a first free date, e.g. `2023-12-18T23:00:00Z` (midnight in Rome of the 19th) or
 * `2023-12-19T00:00:00Z`. A day without an offset is taken as written. Null when it is no day.
 */
export function readPortalDay(text: string): RomeDate | null {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ][\d:.,]+\s*(Z|[+-]\d{2}:?\d{2})?)?$/i.exec(text.trim())
  if (!match?.[1] || !isRomeDate(match[1])) return null
  if (!match[2]) return plausible(match[1]) ? match[1] : null
  return dayOf(Date.parse(text.trim().replace(/([+-]\d{2})(\d{2})$/, '$1:$2')))
}

/** The Rome time in `09.00` or `9:00`; null when there is none. */
export function readPortalTime(text: string): RomeTime | null {
  const match = /(?:^|\D)(\d{1,2})[.:](\d{2})(?!\d)/.exec(text)
  const time = match ? `${match[1]?.padStart(2, '0')}:${match[2]}` : ''
  return isRomeTime(time) ? time : null
}

const firstDate = z.union([z.string(), z.number(), z.null()]).transform((given, ctx): RomeDate | null => {
  if (given === null) return null
  const date = typeof given === 'number' ? dayOf(given) : readPortalDay(given)
  if (date === null) ctx.addIssue('is not a day')
  return date
})

const office = z
  .object({
    id: id.optional(),
    objectKey: id.optional(),
    codice: shown,
    descrizione: shown,
    indirizzo: shown,
    comune: shown,
    citta: shown,
    dataPrimaDisponibilitaResidenti: firstDate,
    orarioDisponibilita: z.string().nullish(),
  })
  .transform((raw, ctx): ObservedOffice => {
    const officeId = raw.id ?? raw.objectKey
    if (officeId === undefined) ctx.addIssue('has no id')
    return {
      id: officeId ?? '',
      code: raw.codice,
      name: raw.descrizione,
      address: raw.indirizzo,
      city: raw.citta || raw.comune,
      firstDate: raw.dataPrimaDisponibilitaResidenti,
      bookableFrom: readPortalTime(raw.orarioDisponibilita ?? ''),
    }
  })

const officePage = z.object({
  list: z.array(office),
  pageInfo: z
    .object({ totalCount: count.optional().catch(undefined) })
    .nullish()
    .catch(null),
})

/** One page of a province's offices. */
export interface OfficePage {
  offices: ObservedOffice[]
  /** How many the portal says there are in all; undefined: it did not say. */
  total: number | undefined
}

/** Day and hour as an `objectKey` tells them: `46||_||19/12/2023||_||17.00`. Null when it does not. */
function readObjectKey(key: string): { date: RomeDate; time: RomeTime } | null {
  const parts = /\|\|_\|\|\s*(\d{1,2})\/(\d{1,2})\/(\d{4})\s*\|\|_\|\|\s*(\d{1,2}[.:]\d{2})/.exec(key)
  if (!parts) return null
  const [, day = '', month = '', year = '', hour = ''] = parts
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const time = readPortalTime(hour)
  return isRomeDate(date) && plausible(date) && time !== null ? { date, time } : null
}

const slot = z
  .object({
    objectKey: z.string().optional().catch(undefined),
    giorno: z
      .union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
      .optional()
      .catch(undefined),
    ora: z.string().optional().catch(undefined),
    totAppuntamenti: count,
    totAppuntamentiPresi: count.nullish(),
  })
  .transform((raw, ctx): ObservedSlot => {
    const places = raw.totAppuntamenti - (raw.totAppuntamentiPresi ?? 0)
    const fromKey = readObjectKey(raw.objectKey ?? '')
    const date = fromKey?.date ?? (raw.giorno === undefined ? null : dayOf(raw.giorno))
    const time = fromKey?.time ?? readPortalTime(raw.ora ?? '')
    if (date === null || time === null) ctx.addIssue('has no day and hour')
    return { date: date ?? '', time: time ?? '', places }
  })

const agenda = z.object({ elenco: z.array(slot) })

/** Parses an answer; what was wrong is said by its path, without the values. */
function parse<Value>(what: string, shape: z.ZodType<Value>, raw: unknown): PortalResult<Value> {
  const parsed = shape.safeParse(raw)
  if (parsed.success) return value(parsed.data)
  const [issue] = parsed.error.issues
  const path = issue?.path.join('.') ?? ''
  return failure('malformed', `${what}: ${path} ${issue?.message ?? 'wrong'}`.slice(0, 200))
}

export function readOfficePage(raw: unknown): PortalResult<OfficePage> {
  const page = parse('offices', officePage, raw)
  if (!page.ok) return page
  return value({ offices: page.value.list, total: page.value.pageInfo?.totalCount })
}

/** The slots with a free place, in order; two entries of one hour count once, with the greater number of places. */
export function readAgenda(raw: unknown): PortalResult<ObservedSlot[]> {
  const parsed = parse('agenda', agenda, raw)
  if (!parsed.ok) return parsed
  const slots = new Map<string, ObservedSlot>()
  for (const one of parsed.value.elenco) {
    const key = `${one.date} ${one.time}`
    if (one.places > (slots.get(key)?.places ?? 0)) slots.set(key, one)
  }
  return value([...slots].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one))
}
