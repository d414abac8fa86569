import type { Context, MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

const nothingElse = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  manifestSrc: ["'self'"],
  formAction: ["'self'"],
  baseUri: ["'none'"],
}

const always = {
  crossOriginOpenerPolicy: 'same-origin',
  crossOriginResourcePolicy: 'same-origin',
  permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [], usb: [] },
}

/** Security headers of the public pages: nothing from elsewhere, nothing inline, in nobody's frame. */
export const publicHeaders: MiddlewareHandler = secureHeaders({
  ...always,
  contentSecurityPolicy: { ...nothingElse, frameAncestors: ["'none'"] },
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
})

/** Telegram's web clients; on this very machine also a page of this machine, which stands in for them. */
const framers = (c: Context): string => {
  const telegram = 'https://web.telegram.org https://*.telegram.org'
  const { hostname } = new URL(c.req.url)
  const local = hostname === 'localhost' || hostname === '127.0.0.1'
  return local ? `${telegram} http://localhost:* http://127.0.0.1:*` : telegram
}

/**
 * The same for pages that Telegram's web clients show in a frame. `X-Frame-Options` cannot name Telegram, so it is left
 * out. With `no-referrer` browsers would hide the origin of our own forms.
 */
export const framedHeaders: MiddlewareHandler = secureHeaders({
  ...always,
  contentSecurityPolicy: { ...nothingElse, frameAncestors: [framers] },
  xFrameOptions: false,
  referrerPolicy: 'same-origin',
})
