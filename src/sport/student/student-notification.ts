import type { ActionReason } from '../student-types.ts'

/** What a message is about. Its text is made from the object's rows when it leaves, so that it says what is true then. */
export type StudentNotification =
  /** Edits the message that shows an action. */
  | { what: 'progress'; actionId: number }
  /** A message of its own about how an action ended. */
  | { what: 'outcome'; actionId: number }
  | { what: 'watching'; actionId: number }
  /** A booking that is still being tried some time after its opening. */
  | { what: 'delayed'; actionId: number }
  | { what: 'question'; confirmationId: number }
  /** Edits the question: answered, lapsed, of no use any more. */
  | { what: 'question-closed'; confirmationId: number }
  | { what: 'precheck'; actionId: number; reason: ActionReason }
  | { what: 'session-needed' }
  | { what: 'blocked'; reason: ActionReason }
  /** A booking that was said to have failed is in the list after all. */
  | { what: 'found'; bookingId: number }
  | { what: 'gone'; bookingId: number }
