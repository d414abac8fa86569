/** Answered by the wrapper itself: what was used since the last time somebody asked. */
export const USED_PATH = '/__used'

/** What all requests together used. */
export interface Used {
  statements: number
  /** Times that a student's object was called upon. */
  objects: number
}
