import type { Texts } from '../texts.ts'

/** Alerts on a browser, without Telegram. */
export const push: Texts['push'] = {
  heading: 'Alerts on this device',
  lead: 'Without Telegram: when a slot is freed, this phone or computer shows you a notification, even with the page closed.',
  on: (province) => `Alerts for ${province} are on for this device.`,
  other: (province) => `On this device you follow other provinces, not ${province}.`,
  start: 'Alert me here',
  stop: 'No more alerts here',
  settings: 'Filters, quiet hours, my data',
  confirming: 'I am sending you a test notification: as soon as it arrives, the alerts are on.',
  noScript:
    'JavaScript is needed to switch them on, and it is off here. On Telegram alerts work all the same.',
  unsupported: 'This browser shows no notifications. Try another one, or get the alerts on Telegram.',
  install:
    'On an iPhone or iPad open the Share menu and choose “Add to Home Screen”: then open Sportello from there and switch the alerts on.',
  denied:
    'Notifications of this site are blocked. Allow them in the browser’s settings, then reload the page.',
  failed: 'That did not work. Try again in a moment.',
  tooMany: 'Too many requests: try again in a minute.',
  confirmedTitle: '🔔 Alerts are on',
  confirmedBody: (province) =>
    `When a slot is freed in ${province}, I tell you like this. Tap to choose filters and quiet hours.`,
  renewedBody: 'This device gets the alerts again.',
  visitor: 'this device',
}
