import type { Answer, Refusal } from '../student-types.ts'

export const ok = <Value>(value: Value): Answer<Value> => ({ ok: true, value })

export const refuse = (refusal: Refusal): Answer<never> => ({ ok: false, refusal })

export const found = <Value>(value: Value | null | undefined): Answer<Value> =>
  value === null || value === undefined ? refuse('not-found') : ok(value)
