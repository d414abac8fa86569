import { DAY } from '../../platform/time.ts'
import { isWanted, likelyActivities } from '../class-match.ts'
import type { ClassSlot, SiteResult } from '../site/site-model.ts'
import type { ClassRef } from '../student-types.ts'
import { readValue, writeValue } from './object-store.ts'
import type { Task } from './site-task.ts'

/** A class in the site's schedule, and how far the site's clock is ahead of ours (ms). */
export type FoundSlot = { slot: ClassSlot; clockOffsetMs: number }

/**
 * Finds the wanted class in the site's schedule. The list of activities is read at most once a day, or when it holds
 * nothing like the wish.
 * @returns null when the schedule was read and does not show the class
 */
export async function findSlot(task: Task, wish: ClassRef): Promise<SiteResult<FoundSlot | null>> {
  const { ctx } = task
  task.stage('schedule')
  const known = readValue(ctx, 'activities')
  let list = known && ctx.clock.now() - known.at < DAY ? known.list : []
  if (likelyActivities(list, wish).length === 0) {
    const read = await task.inside('activities', (session) => ctx.site.activities(session))
    if (!read.ok) return read
    list = read.value
    writeValue(ctx, 'activities', { at: ctx.clock.now(), list })
  }
  for (const activity of likelyActivities(list, wish)) {
    const read = await task.inside('schedule', (session) => ctx.site.schedule(session, activity, wish.date))
    if (!read.ok) return read
    const slot = read.value.slots.find((candidate) => isWanted(wish, candidate))
    if (slot) return { ok: true, value: { slot, clockOffsetMs: read.value.clockOffsetMs } }
  }
  return { ok: true, value: null }
}
