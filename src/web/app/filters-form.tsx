import type { Chat } from '../../chats/chat-row.ts'
import { filterExpired } from '../../passport/follow/expired-filters.ts'
import {
  END_OF_DAY,
  MOST_WINDOWS,
  type StoredWindows,
  storeWindows,
  type TimeWindow,
  windowsOf,
} from '../../passport/follow/time-windows.ts'
import { addDays, romeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { type FieldProblem, marked, ProblemText } from './field-problem.tsx'
import type { Visit } from './visit.ts'

/** The filters as their form shows them: time windows as typed, empty at an open end. */
export interface ShownFilters extends Pick<Chat, 'onlyFromDay' | 'onlyBefore' | 'onlyWeekdays'> {
  /** How many places, at one time or on one day. */
  places: number
  placesOf: 'time' | 'day'
  windows: [from: string, to: string][]
}

/** The filters of a chat, for the form. */
export const shownFilters = (chat: Chat): ShownFilters => ({
  ...chat,
  places: Math.max(chat.minPlaces, chat.minDayPlaces),
  placesOf: chat.minDayPlaces > 1 ? 'day' : 'time',
  windows: windowsOf(chat).map(([from, to]) => [from, to === END_OF_DAY ? '' : to]),
})

/** The index of the first window that does not end after it begins; -1: none. */
const wrongWindow = (windows: readonly TimeWindow[]) => windows.findIndex(([from, to]) => from >= to)

const typedWindow = ([from, to]: [string, string]): TimeWindow => [from || '00:00', to || END_OF_DAY]

/** The columns of typed windows; a wrong one is passed on unchanged, so that `checkPreferences` refuses it. */
function storedWindows(windows: readonly [string, string][]): StoredWindows {
  const typed = windows.map(typedWindow)
  const wrong = typed[wrongWindow(typed)]
  return wrong ? { onlyFrom: wrong[0], onlyTo: wrong[1], onlyWindows: null } : storeWindows(typed)
}

/** The filters of a submitted form, as they are shown again and as they are stored: an empty field is no filter. */
export function readFilters(form: FormData): { shown: ShownFilters; stored: Partial<Chat> } {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  // Some browsers add seconds.
  const times = (name: string) => form.getAll(name).map((value) => String(value).trim().slice(0, 5))
  const ends = times('onlyTo')
  const windows = times('onlyFrom')
    .slice(0, MOST_WINDOWS)
    .map((from, i): [string, string] => [from, ends[i] ?? ''])
    .filter(([from, to]) => from !== '' || to !== '')
  const weekdays = form.getAll('weekday').map(Number)
  const filters = {
    onlyFromDay: text('onlyFromDay') || null,
    onlyBefore: text('onlyBefore') || null,
    onlyWeekdays: weekdays.length === 0 ? null : weekdays,
  }
  const places = Number(text('minPlaces') || 1)
  const placesOf = text('placesOf') === 'day' ? 'day' : 'time'
  const stored = {
    minPlaces: placesOf === 'time' ? places : 1,
    minDayPlaces: placesOf === 'day' ? places : 1,
  }
  return {
    shown: { ...filters, windows, places, placesOf },
    stored: { ...filters, ...storedWindows(windows), ...stored },
  }
}

interface FilterProps {
  visit: Visit
  shown: ShownFilters
  problem: FieldProblem | undefined
}

/** Two times, from and to. */
export const Hours = ({
  visit,
  names,
  values,
  problem,
}: {
  visit: Visit
  problem: FieldProblem | undefined
  names: [from: string, to: string]
  values: [from: string | null, to: string | null]
}) => {
  const t = visit.texts.preferences
  return (
    <div class="hours">
      {([t.from, t.to] as const).map((label, i) => (
        <label>
          {label}
          <input type="time" name={names[i]} value={values[i] ?? ''} {...marked(problem, names[i] ?? '')} />
        </label>
      ))}
      {names.map((name) => (
        <ProblemText problem={problem} field={name} />
      ))}
    </div>
  )
}

/** A row for each chosen window and an empty one, at least two rows. */
const Windows = ({ visit, shown, problem }: FilterProps) => {
  const t = visit.texts.preferences
  const rows = Math.min(MOST_WINDOWS, Math.max(2, shown.windows.length + 1))
  const wrong = Math.max(0, wrongWindow(shown.windows.map(typedWindow)))
  return (
    <fieldset class="plain">
      <legend>{t.hours}</legend>
      {Array.from({ length: rows }, (_, i) => (
        <>
          {i > 0 && <p class="soft">{t.orHours}</p>}
          <Hours
            visit={visit}
            names={['onlyFrom', 'onlyTo']}
            values={shown.windows[i] ?? ['', '']}
            problem={i === wrong ? problem : undefined}
          />
        </>
      ))}
    </fieldset>
  )
}

const Weekdays = ({ visit, shown }: FilterProps) => {
  const { weekdays } = textsIn(visit.site.language).filters
  return (
    <fieldset class="plain">
      <legend>{visit.texts.preferences.weekdays}</legend>
      <div class="days">
        {[1, 2, 3, 4, 5, 6, 7].map((day) => (
          <label class="check">
            <input
              type="checkbox"
              name="weekday"
              value={day}
              checked={shown.onlyWeekdays?.includes(day) ?? false}
            />
            <span>{weekdays.day(day)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

/** The filters that say of which slots the chat gets alerts. @param preview what they would have let through */
export const Filters = ({ preview, ...props }: FilterProps & { preview: string | null }) => {
  const { visit, shown, problem } = props
  const t = visit.texts.preferences
  const today = romeDate(visit.site.now)
  // A browser does not submit a day before `min`: so leave the field empty, and saving removes the filter.
  const expired = filterExpired(shown, today)
  return (
    <fieldset id="filters">
      <legend>{t.filters}</legend>
      <p class="soft">{t.empty}</p>
      {expired && (
        <p role="note">
          {t.beforeExpired(textsIn(visit.site.language).dates.full(String(shown.onlyBefore)))}
        </p>
      )}
      <label>
        {t.fromDay}
        <input
          type="date"
          name="onlyFromDay"
          value={shown.onlyFromDay ?? ''}
          {...marked(problem, 'onlyFromDay')}
        />
        <ProblemText problem={problem} field="onlyFromDay" />
      </label>
      <label>
        {t.before}
        <input
          type="date"
          name="onlyBefore"
          value={expired ? '' : (shown.onlyBefore ?? '')}
          min={addDays(today, 1)}
          {...marked(problem, 'onlyBefore')}
        />
        <ProblemText problem={problem} field="onlyBefore" />
      </label>
      <Weekdays {...props} />
      <Windows {...props} />
      <label>
        {t.places}
        <input
          type="number"
          name="minPlaces"
          min={1}
          max={99}
          value={Number.isNaN(shown.places) ? '' : shown.places}
          inputmode="numeric"
          required
          {...marked(problem, 'minPlaces')}
        />
        <ProblemText problem={problem} field="minPlaces" />
      </label>
      <fieldset class="plain">
        <legend class="visually-hidden">{t.placesOf}</legend>
        {(['time', 'day'] as const).map((of) => (
          <label class="check">
            <input type="radio" name="placesOf" value={of} checked={shown.placesOf === of} />
            <span>{t.placesOfEach[of]}</span>
          </label>
        ))}
      </fieldset>
      {preview !== null && (
        <p role="status" class="preview">
          {preview}
        </p>
      )}
    </fieldset>
  )
}
