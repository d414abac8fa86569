interface TelegramWindow {
  /** In Telegram's apps for phones. */
  TelegramWebviewProxy?: { postEvent(type: string, data: string): void }
  /** In Telegram's app for Windows. */
  external?: { notify?(message: string): void }
  /** Where Telegram's apps hand events in. */
  Telegram?: { WebView: { receiveEvent(type: string, data: unknown): void } }
}

const client = window as unknown as TelegramWindow

/**
 * Tells the Telegram client something (https://core.telegram.org/api/web-events), whichever it is. What Telegram's own
 * script does, without loading a script from elsewhere. Nothing secret is told, so any parent may hear it.
 */
export function tellTelegram(eventType: string, eventData: object = {}): void {
  if (client.TelegramWebviewProxy) client.TelegramWebviewProxy.postEvent(eventType, JSON.stringify(eventData))
  else if (client.external && 'notify' in client.external)
    client.external.notify?.(JSON.stringify({ eventType, eventData }))
  else if (window.parent !== window) window.parent.postMessage(JSON.stringify({ eventType, eventData }), '*')
}

/** Listens to the Telegram client's events, by name. */
export function hearTelegram(hear: (eventType: string) => void): void {
  client.Telegram = { WebView: { receiveEvent: hear } }
  window.addEventListener('message', ({ source, data }) => {
    if (source !== window.parent || typeof data !== 'string') return
    const eventType = /"eventType"\s*:\s*"(\w+)"/.exec(data)?.[1]
    if (eventType) hear(eventType)
  })
}

/** Gives Telegram's own bars the colours of the page. */
export function colourTelegram(): void {
  const probe = document.createElement('canvas').getContext('2d')
  if (!probe) return
  // A canvas writes any colour as #rrggbb.
  probe.fillStyle = getComputedStyle(document.body).backgroundColor
  const color = probe.fillStyle
  for (const part of ['header', 'background', 'bottom_bar'])
    tellTelegram(`web_app_set_${part}_color`, { color })
}

/** The fragment that Telegram added to the address. */
export interface Launch {
  initData: string
  theme: 'light' | 'dark' | null
}

/** Light or dark, by the background colour that the client uses. */
export function themeOf(params: string | null): Launch['theme'] {
  const colour = /"bg_color"\s*:\s*"#([0-9a-f]{6})"/i.exec(params ?? '')?.[1]
  if (!colour) return null
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => Number.parseInt(colour.slice(at, at + 2), 16))
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? 'dark' : 'light'
}

/** Reads the address with which Telegram opened the page; null: it did not. */
export function readLaunch(hash: string): Launch | null {
  const params = new URLSearchParams(hash.replace(/^#/, ''))
  const initData = params.get('tgWebAppData')
  return initData ? { initData, theme: themeOf(params.get('tgWebAppThemeParams')) } : null
}
