import type { Texts } from '../texts.ts'

/** What operators read when `npm run doctor` tries the way of an alert out. */
export const doctor: Texts['doctor'] = {
  trial: (time) =>
    `🩺 Trial alert of ${time}: it came the same way as real ones. If you read this, alerts arrive.`,
}
