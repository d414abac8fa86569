import type { MiddlewareHandler } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** Where Telegram's own web clients frame a Mini App. */
const TELEGRAM_WEB = ['https://web.telegram.org', 'https://*.telegram.org']

const policy = (frameAncestors: string[]) =>
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors,
    },
    // CSP's frame-ancestors says it better: this header cannot name Telegram.
    xFrameOptions: frameAncestors.includes("'none'") ? 'DENY' : false,
    referrerPolicy: 'no-referrer',
    crossOriginOpenerPolicy: 'same-origin',
    crossOriginResourcePolicy: 'same-origin',
    permissionsPolicy: { camera: [], microphone: [], geolocation: [], payment: [], usb: [] },
  })

/** Security headers of the public pages: nothing from elsewhere, nothing inline, in nobody's frame. */
export const publicHeaders: MiddlewareHandler = policy(["'none'"])

/** The same for pages that Telegram's web clients show in a frame. */
export const framedHeaders: MiddlewareHandler = policy(TELEGRAM_WEB)
