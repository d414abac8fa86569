import type { RomeTime } from '../../platform/time.ts'

/** Appointments this far apart (minutes) follow one another: offices give one every 10 to 30 minutes. */
const LONGEST_STEP = 30

const minutesOf = (time: RomeTime): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))

/** The runs of two or more times of one day that follow one another, by their first and last time. */
export function consecutiveRuns(times: readonly RomeTime[]): [first: RomeTime, last: RomeTime][] {
  const runs: [first: RomeTime, last: RomeTime][] = []
  for (const time of [...new Set(times)].sort()) {
    const run = runs.at(-1)
    if (run && minutesOf(time) - minutesOf(run[1]) <= LONGEST_STEP) run[1] = time
    else runs.push([time, time])
  }
  return runs.filter(([first, last]) => first !== last)
}
