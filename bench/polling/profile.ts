import { readFileSync } from 'node:fs'
import * as z from 'zod'
import { provinces } from '../../src/passport/provinces/provinces.ts'
import { HOURS_OF_WEEK } from '../../src/platform/time.ts'

/** The country that the bench simulates. */
export interface Profile {
  /** Followers by province, two letters. */
  followers: Record<string, number>
  /** Slots freed in a week by province; a followed province that is missing frees none, one without followers is not read. */
  slotsPerWeek: Record<string, number>
  /** Relative frequencies of the week's hours, Monday 00:00 in Rome first. */
  hourOfWeek: number[]
  /** Slots that are released together, on average. */
  clusterMean: number
  /** How long a slot stays free, on average. */
  lifetimeMinutes: number
  /** Requests to the portal that the fixed grid takes. */
  requestsPerMinute: number
}

const codes = provinces.map(({ code }) => code)
const byProvince = z.record(
  z.string().regex(/^[A-Z]{2}$/, 'should be named by two capital letters'),
  z.number().nonnegative(),
)

const shape = z.strictObject({
  followers: byProvince.refine((followers) => Object.values(followers).some((count) => count > 0), {
    message: 'should name a province with followers',
  }),
  slotsPerWeek: byProvince,
  hourOfWeek: z
    .array(z.number().nonnegative())
    .length(HOURS_OF_WEEK)
    .refine((hours) => hours.some((share) => share > 0), { message: 'should have an hour above 0' }),
  clusterMean: z.number().min(1).max(1_000),
  lifetimeMinutes: z.number().positive(),
  requestsPerMinute: z.number().positive(),
})

const whole = shape.refine(
  ({ followers, slotsPerWeek }) =>
    Object.entries(followers).some(([code, count]) => count > 0 && (slotsPerWeek[code] ?? 0) > 0),
  { path: ['slotsPerWeek'], message: 'should name a followed province that frees slots' },
)

/** A profile that cannot be used; the message is one sentence that names file and field. */
export class ProfileError extends Error {
  override name = 'ProfileError'
}

/** The problem of a value, as the rest of a sentence that begins with its field. */
const explain: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type')
    return issue.input === undefined
      ? 'is missing'
      : `should be ${issue.expected === 'array' ? 'a list' : `${issue.expected === 'object' ? 'an' : 'a'} ${issue.expected}`}`
  if (issue.code === 'unrecognized_keys') return `has an unknown field: ${issue.keys.join(', ')}`
  if (issue.code === 'invalid_key') return 'has a name that is not a province’s: two capital letters'
  if (issue.code === 'too_small')
    return issue.origin === 'array'
      ? `should have ${issue.minimum} entries`
      : `should be ${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
  if (issue.code === 'too_big')
    return issue.origin === 'array'
      ? `should have ${issue.maximum} entries`
      : `should be at most ${issue.maximum}`
  return undefined
}

/** @throws ProfileError */
export function parseProfile(value: unknown, file: string): Profile {
  const { success, data, error } = whole.safeParse(value, { error: explain })
  if (success) return data
  const [issue] = error.issues
  const field = issue?.path.length ? `${issue.path.join('.')} ` : 'the profile '
  throw new ProfileError(`${file}: ${field}${issue?.message}.`)
}

/** @throws ProfileError */
export function readProfile(file: string): Profile {
  if (file === '') throw new ProfileError('--profile should name a JSON file.')
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    throw new ProfileError(`${file}: the profile cannot be read.`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ProfileError(`${file}: the profile is not JSON (${(error as Error).message}).`)
  }
  return parseProfile(value, file)
}

/** By hour of the day on working days: publications after midnight, and people who cancel while offices are open. */
const WORKING_DAY = [
  14, 6, 1, 0.5, 0.3, 0.4, 0.8, 2, 5, 8, 7, 6.5, 5, 4, 4.5, 4.5, 4, 3.5, 3, 2.5, 2.5, 2, 2, 1.5,
]
/** Saturdays and Sundays, as a share of it. */
const WEEKEND = [0.45, 0.3]

/**
 * All provinces, with followers by Zipf's law, slots that follow the followers' number only loosely, and hours of a
 * working week.
 */
export function usualProfile(): Profile {
  const spread = (i: number) => ((i * 61) % codes.length) / codes.length
  return {
    followers: Object.fromEntries(codes.map((code, i) => [code, Math.max(1, Math.round(6_000 / (i + 1)))])),
    slotsPerWeek: Object.fromEntries(
      codes.map((code, i) => [code, Math.round((260 / (i + 1) ** 0.4) * (0.4 + 1.2 * spread(i)))]),
    ),
    hourOfWeek: Array.from({ length: HOURS_OF_WEEK }, (_, hour) => {
      const day = Math.floor(hour / 24)
      return (WORKING_DAY[hour % 24] ?? 0) * (day < 5 ? 1 : (WEEKEND[day - 5] ?? 0))
    }),
    clusterMean: 2.4,
    lifetimeMinutes: 6,
    requestsPerMinute: 470,
  }
}
