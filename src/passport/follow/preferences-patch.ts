import * as z from 'zod'
import { type Chat, saveChat } from '../../chats/chat-row.ts'
import type { Database, Statement } from '../../db/database.ts'
import { addDays, isRomeDate, isRomeTime, type RomeDate, romeDate } from '../../platform/time.ts'
import { provinceByCode } from '../provinces/provinces.ts'
import { wake } from './follow.ts'
import { END_OF_DAY, MOST_WINDOWS } from './time-windows.ts'

/** Slots are published months ahead: a later limit is a typing mistake. */
const FARTHEST_DAYS = 3653

/** True for a valid date limit: after today, and not years ahead. */
export function checkDayBefore(date: RomeDate, today: RomeDate): 'ok' | 'past' | 'far' {
  if (date <= today) return 'past'
  return date > addDays(today, FARTHEST_DAYS) ? 'far' : 'ok'
}

const time = z.string().refine(isRomeTime, 'should be HH:MM')
const end = z.string().refine((text) => isRomeTime(text) || text === END_OF_DAY, 'should be HH:MM')
const day = z.string().refine(isRomeDate, 'should be YYYY-MM-DD')
const office = z
  .string()
  .regex(/^[A-Z]{2}:[\w.-]{1,24}$/)
  .refine((key) => provinceByCode(key.slice(0, 2)) !== undefined, 'should be province:office')

/** What the Mini App may change, checked like typed answers in the chat. */
const patchShape = z
  .strictObject({
    language: z.enum(['it', 'en']),
    quietFrom: time.nullable(),
    quietTo: time.nullable(),
    quietMode: z.enum(['silent', 'digest']),
    tellGone: z.boolean(),
    alertEffect: z.boolean(),
    earlyNotice: z.boolean(),
    onlyOffices: z.array(office).max(500).nullable(),
    onlyFromDay: day.nullable(),
    onlyBefore: day.nullable(),
    onlyWeekdays: z.array(z.number().int().min(1).max(7)).max(7).nullable(),
    onlyFrom: time.nullable(),
    onlyTo: end.nullable(),
    onlyWindows: z
      .array(z.tuple([time, end]))
      .min(2)
      .max(MOST_WINDOWS)
      .nullable(),
    minPlaces: z.number().int().min(1).max(99),
    minDayPlaces: z.number().int().min(1).max(99),
  })
  .partial()

export type PreferencesPatch = Partial<Pick<Chat, keyof z.output<typeof patchShape>>>

/** Thrown for an invalid patch; names the preference and what it should be. */
export type PatchProblem = { preference: string; problem: string }

/**
 * Checks a change together with the chat's other preferences: quiet hours come in pairs and differ, hours are in order,
 * a date limit is in the future.
 * @param now epoch ms
 */
export function checkPreferences(
  chat: Chat,
  input: unknown,
  now: number,
): { ok: true; patch: PreferencesPatch } | { ok: false; problem: PatchProblem } {
  const parsed = patchShape.safeParse(input)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return problem(String(issue?.path[0] ?? ''), issue?.message ?? 'is wrong')
  }
  const patch = Object.fromEntries(
    Object.entries(parsed.data).filter(([, value]) => value !== undefined),
  ) as PreferencesPatch
  const next = { ...chat, ...patch }
  if ((next.quietFrom === null) !== (next.quietTo === null))
    return problem('quietTo', 'should come with quietFrom')
  if (next.quietFrom !== null && next.quietFrom === next.quietTo)
    return problem('quietTo', 'should differ from quietFrom')
  if (next.onlyFrom !== null && next.onlyTo !== null && next.onlyFrom >= next.onlyTo) {
    return problem('onlyTo', 'should be after onlyFrom')
  }
  if (patch.onlyBefore && checkDayBefore(patch.onlyBefore, romeDate(now)) !== 'ok') {
    return problem('onlyBefore', 'should be a day within the next ten years')
  }
  if (patch.onlyFromDay) {
    const standing = checkDayBefore(patch.onlyFromDay, romeDate(now))
    if (standing === 'far') return problem('onlyFromDay', 'should be a day within the next ten years')
    if (standing === 'past') patch.onlyFromDay = null
  }
  const changesDays = patch.onlyFromDay !== undefined || patch.onlyBefore !== undefined
  if (changesDays && isEmptyRange({ ...chat, ...patch }))
    return problem('onlyFromDay', 'should be before onlyBefore')
  if (patch.onlyWindows?.some(([from, to]) => from >= to))
    return problem('onlyTo', 'should be after onlyFrom')
  if (patch.onlyOffices?.length === 0) patch.onlyOffices = null
  if (patch.onlyWeekdays && new Set(patch.onlyWeekdays).size % 7 === 0) patch.onlyWeekdays = null
  return { ok: true, patch }
}

const isEmptyRange = ({ onlyFromDay, onlyBefore }: Pick<Chat, 'onlyFromDay' | 'onlyBefore'>): boolean =>
  onlyFromDay !== null && onlyBefore !== null && onlyFromDay >= onlyBefore

const problem = (preference: string, what: string) => ({
  ok: false as const,
  problem: { preference, problem: what },
})

/** The statements that save a checked change of a chat's preferences, and resume a suspended chat. */
export const savePreferences = (
  db: Database,
  chat: Chat,
  patch: PreferencesPatch,
  now: number,
): Statement[] => {
  const seen = { status: 'active', lastSeenAt: now } as const
  return saveChat(db, { ...chat, ...patch, ...seen }, { ...patch, ...seen }, wake)
}
