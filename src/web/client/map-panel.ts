import { refreshAgo } from './live-ago.ts'

/** Opens the panel of a province instead of following the link to its page; a failed request follows the link. */
export function openPanels(within: HTMLElement): void {
  const panel = document.querySelector<HTMLDialogElement>('#panel')
  const content = document.querySelector('#panel-content')
  if (!panel || !content || !panel.showModal) return
  let wanted = ''

  const open = async (code: string, href: string) => {
    wanted = code
    const url = new URL(href, location.href)
    url.pathname = `/p/${code}/adesso`
    url.searchParams.set('lang', document.documentElement.lang)
    try {
      const response = await fetch(url)
      if (!response.ok) throw new Error(String(response.status))
      const answer = new DOMParser().parseFromString(await response.text(), 'text/html')
      if (wanted !== code) return
      content.replaceChildren(...answer.body.childNodes)
      refreshAgo()
      panel.showModal()
    } catch {
      location.href = href
    }
  }

  within.addEventListener('click', (event) => {
    if (!(event.target instanceof Element) || event.button !== 0) return
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
    const link = event.target.closest<HTMLElement & SVGElement>('a[data-code]')
    const href = link?.getAttribute('href')
    if (!link?.dataset.code || !href) return
    event.preventDefault()
    void open(link.dataset.code, href)
  })
  panel.addEventListener('click', (event) => {
    // A click on the backdrop has the dialog itself as its target.
    if (event.target === panel) panel.close()
  })
}
