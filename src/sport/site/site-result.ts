import type { SiteFailure, SiteReason, SiteResult } from './site-model.ts'

export const ok = <Value>(value: Value): SiteResult<Value> => ({ ok: true, value })

/** A failure with what was seen (English, for the operator) and, where there are, the site's own words. */
export const fail = (
  reason: SiteReason,
  detail: string,
  more: Omit<SiteFailure, 'reason' | 'detail'> = {},
): { ok: false; failure: SiteFailure } => ({ ok: false, failure: { reason, detail, ...more } })

/** An address without its query, which may hold ids and tokens: safe to log. */
export function safeUrl(url: string): string {
  if (!URL.canParse(url)) return '(no address)'
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
