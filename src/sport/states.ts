import type { ActionStatus } from './student-types.ts'

/**
 * From where an action may go where. From `processing` it goes back to `pending` when it has to wait (for the opening,
 * a freed place, a new try); the three last states are final.
 */
const transitions: Record<ActionStatus, readonly ActionStatus[]> = {
  pending: ['processing', 'cancelled'],
  processing: ['pending', 'completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
}

/** True when an action may go from one status to the other. */
export const mayGo = (from: ActionStatus, to: ActionStatus): boolean => transitions[from].includes(to)

/** True when nothing happens to an action of this status any more. */
export const isOver = (status: ActionStatus): boolean => transitions[status].length === 0
