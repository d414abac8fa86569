import type { PortalFailure, PortalFailureReason, PortalResult } from '../model.ts'

/** A reading that worked. */
export const value = <Value>(value: Value): PortalResult<Value> => ({ ok: true, value })

/** A reading that failed. @param detail English, for the operator; never a secret */
export const failure = (
  reason: PortalFailureReason,
  detail: string,
  more: Pick<PortalFailure, 'retryAfterMs' | 'evidence'> = {},
): { ok: false; failure: PortalFailure } => ({ ok: false, failure: { reason, detail, ...more } })
