import { isRomeDate, type RomeDate } from '../../platform/time.ts'

const DIRECTORY = '/calendar/opening/'

/** The path of the calendar entry of an office's opening on a Rome day. It names nobody. */
export const openingPath = (officeId: string, day: RomeDate): string =>
  `${DIRECTORY}${encodeURIComponent(officeId)}_${day}.ics`

/** Parses its last segment, decoded; null when it has another form. */
export function readOpeningName(name: string): { officeId: string; day: RomeDate } | null {
  const [, officeId, day] = /^(.{1,40})_(\d{4}-\d\d-\d\d)\.ics$/.exec(name) ?? []
  return officeId !== undefined && day !== undefined && isRomeDate(day) ? { officeId, day } : null
}
