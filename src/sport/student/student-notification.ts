import type { ActionReason } from '../student-types.ts'

/** The content of a notification. Its text is rendered from the object's rows at the flush, so that it is true then. */
export type StudentNotification =
  /** Edits the message that shows an action. */
  | { what: 'progress'; actionId: number }
  /** A message of its own about how an action ended. */
  | { what: 'outcome'; actionId: number }
  | { what: 'watching'; actionId: number }
  /** A booking that is still being tried some time after its opening. */
  | { what: 'delayed'; actionId: number }
  | { what: 'question'; confirmationId: number }
  /** Edits the question: answered, lapsed, obsolete. */
  | { what: 'question-closed'; confirmationId: number }
  | { what: 'precheck'; actionId: number; reason: ActionReason }
  | { what: 'session-needed' }
  | { what: 'blocked'; reason: ActionReason }
  /** A booking that was reported as failed is in the list after all. */
  | { what: 'found'; bookingId: number }
  | { what: 'gone'; bookingId: number }
