import type { ActionStatus } from './student-types.ts'

/**
 * The allowed transitions of an action. It returns from `processing` to `pending` when it has to wait (for the opening,
 * a freed place, a retry); the last three states are final.
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

/** True for a final status. */
export const isOver = (status: ActionStatus): boolean => transitions[status].length === 0
