/** The wrapper's own route: what was used since the last request to it. */
export const USED_PATH = '/__used'

/** What all requests together used. */
export interface Used {
  statements: number
  /** Times that a student's object was called upon. */
  objects: number
}
