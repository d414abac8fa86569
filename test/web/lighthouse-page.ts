import type { Page } from 'playwright-core'

/** What a page does from its first script on; kept in the page until it is read. */
interface Watch {
  shift: number
  written: boolean
  unloads: boolean
}
declare global {
  interface Window {
    watch: Watch
  }
}

/** Watches the page's own doings; call before it is opened. */
export const watchFromStart = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const watch: Watch = { shift: 0, written: false, unloads: false }
    window.watch = watch
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number
        hadRecentInput: boolean
      })[])
        if (!entry.hadRecentInput) watch.shift += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
    const write = document.write.bind(document)
    document.write = (...text: string[]) => {
      watch.written = true
      write(...text)
    }
    const listen = window.addEventListener
    window.addEventListener = (...[type, ...rest]: Parameters<typeof listen>) => {
      if (type === 'unload' || type === 'beforeunload') watch.unloads = true
      listen.call(window, type, ...rest)
    }
  })

/** What can be read in an open page. */
export interface Reading extends Watch {
  doctype: string
  compatMode: string
  charset: string
  lang: string
  title: string
  /** Contents of the meta elements, by name. */
  metas: Record<string, string>
  /** Addresses as they are written. */
  icons: string[]
  canonicals: string[]
  alternates: string[]
  blockingScripts: string[]
  nodes: number
  depth: number
  /** Pieces of HTML that break the rule of that name. */
  broken: Record<string, string[]>
}

/** Names of links that say nothing of where they lead. */
const EMPTY_WORDS = [
  'qui',
  'clicca qui',
  'leggi',
  'altro',
  'vai',
  'here',
  'click here',
  'read more',
  'more',
  'go',
]

/** Reads the open page. */
export const readPage = (page: Page): Promise<Reading> =>
  page.evaluate((emptyWords) => {
    const all = [...document.querySelectorAll('*')]
    const attributes = (selector: string, name: string) =>
      [...document.querySelectorAll(selector)].map((element) => element.getAttribute(name) ?? '')
    const shown = (elements: Iterable<Element>) =>
      [...elements].map((element) => element.outerHTML.slice(0, 120)).slice(0, 3)
    const links = [...document.querySelectorAll('a')]
    const hrefOf = (link: Element) => link.getAttribute('href') ?? ''
    const nameOf = (element: Element) =>
      (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().toLowerCase()
    const depthOf = (element: Element | null): number => (element ? 1 + depthOf(element.parentElement) : 0)
    const visible = (element: Element) =>
      element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true }) &&
      element.getBoundingClientRect().width > 1

    /** Text to be read. Labels of a drawing do not count: they scale with it, and the text next to it repeats them. */
    const smallText = all.filter(
      (element) =>
        !(element instanceof SVGElement) &&
        visible(element) &&
        [...element.childNodes].some(
          (node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim(),
        ) &&
        Number.parseFloat(getComputedStyle(element).fontSize) < 12,
    )
    const targets = [...document.querySelectorAll('a[href], button, input, select, summary')].filter(
      (element) => visible(element) && element.getBoundingClientRect().bottom > 0,
    )
    const centre = (element: Element) => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return [left + width / 2, top + height / 2] as const
    }
    /** WCAG 2.5.8: too small, within no sentence, and nearer than 24 px to the next one. */
    const crowded = targets.filter((element) => {
      const { width, height } = element.getBoundingClientRect()
      if (width >= 24 && height >= 24) return false
      const around = element.parentElement
      const inSentence =
        getComputedStyle(element).display === 'inline' &&
        (around?.textContent?.trim().length ?? 0) > (element.textContent?.trim().length ?? 0)
      if (inSentence) return false
      const [x, y] = centre(element)
      return targets.some((other) => {
        if (other === element) return false
        const box = other.getBoundingClientRect()
        const dx = Math.max(box.left - x, 0, x - box.right)
        const dy = Math.max(box.top - y, 0, y - box.bottom)
        return Math.hypot(dx, dy) < 12
      })
    })
    const pasteRefused = [...document.querySelectorAll('input, textarea')].filter(
      (field) => !field.dispatchEvent(new ClipboardEvent('paste', { cancelable: true, bubbles: true })),
    )
    return {
      ...window.watch,
      doctype: document.doctype ? `${document.doctype.name}${document.doctype.publicId}` : '',
      compatMode: document.compatMode,
      charset: document.characterSet,
      lang: document.documentElement.lang,
      title: document.title,
      metas: Object.fromEntries(
        [...document.querySelectorAll('meta[name]')].map((meta) => [
          meta.getAttribute('name'),
          meta.getAttribute('content') ?? '',
        ]),
      ),
      icons: attributes('link[rel~=icon]', 'href'),
      canonicals: attributes('link[rel=canonical]', 'href'),
      alternates: attributes('link[rel=alternate]', 'href'),
      blockingScripts: attributes('head script[src]:not([defer], [async], [type=module])', 'src'),
      nodes: all.length,
      depth: Math.max(...all.map(depthOf)),
      broken: {
        'image-dimensions': shown(document.querySelectorAll('img:not([width][height])')),
        'image-text': shown(document.querySelectorAll('img:not([alt])')),
        'inline-code': shown(
          all.filter(
            (element) =>
              (element instanceof HTMLScriptElement && !element.src) ||
              element.getAttributeNames().some((name) => name.startsWith('on')),
          ),
        ),
        'new-window': shown(
          links.filter(
            (link) => link.getAttribute('target') === '_blank' && !/noopener|noreferrer/.test(link.rel),
          ),
        ),
        'plain-http': shown(
          links.filter((link) => /^http:/.test(hrefOf(link)) && !hrefOf(link).startsWith(location.origin)),
        ),
        crawlable: shown(links.filter((link) => /^(?:javascript:.*|)$/i.test(hrefOf(link)))),
        'link-name': shown(
          links.filter((link) => visible(link) && (emptyWords.includes(nameOf(link)) || nameOf(link) === '')),
        ),
        'text-size': shown(smallText),
        'touch-target': shown(crowded),
        paste: shown(pasteRefused),
      },
    }
  }, EMPTY_WORDS)
