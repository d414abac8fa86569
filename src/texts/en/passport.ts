import type { Texts } from '../index.ts'

export const passport: Texts['passport'] = {
  newSlots: 'New availability:',
}
