/** The part of the browsers' extension API that the extension uses; Firefox has it under the same name. */
declare namespace chrome {
  interface Listeners<Listener> {
    addListener(listener: Listener): void
  }
  namespace alarms {
    function create(name: string, options: { periodInMinutes: number }): Promise<void>
    const onAlarm: Listeners<() => void>
  }
  namespace action {
    function setBadgeText(badge: { text: string }): Promise<void>
    function setBadgeBackgroundColor(badge: { color: string }): Promise<void>
  }
  namespace cookies {
    interface Cookie {
      name: string
      value: string
      domain: string
    }
    function getAll(filter: { url: string }): Promise<Cookie[]>
    const onChanged: Listeners<(change: { removed: boolean; cookie: Cookie }) => void>
  }
  namespace i18n {
    function getMessage(name: string, values?: string[]): string
  }
  namespace permissions {
    function request(wanted: { origins: string[] }): Promise<boolean>
    function remove(given: { origins: string[] }): Promise<boolean>
  }
  namespace runtime {
    function openOptionsPage(): Promise<void>
    function sendMessage(message: unknown): Promise<unknown>
    const onInstalled: Listeners<() => void>
    const onStartup: Listeners<() => void>
    const onMessage: Listeners<
      (message: unknown, sender: { id?: string }, respond: (answer: unknown) => void) => boolean | undefined
    >
    const id: string
  }
  namespace storage {
    const local: {
      get(names: string[]): Promise<Record<string, unknown>>
      set(values: Record<string, unknown>): Promise<void>
      clear(): Promise<void>
    }
    const onChanged: Listeners<() => void>
  }
  namespace tabs {
    const onUpdated: Listeners<(tabId: number, change: { status?: string }, tab: { url?: string }) => void>
  }
}

/** The portal whose cookies are read: put in by the build. */
declare const PORTAL_ORIGIN: string
