// @ts-check
import { byId } from './dom.js'

const narrow = matchMedia('(max-width: 719px)')
const withoutPanel = matchMedia('(max-width: 1099px)')

/** A side that stands beside the chat when there is room, and slides over it when there is not. */
class Drawer {
  #side
  #opener
  #slides
  #onMove

  /**
   * @param {string} side
   * @param {string} opener
   * @param {MediaQueryList} slides when it is a drawer
   * @param {() => void} onMove
   */
  constructor(side, opener, slides, onMove) {
    this.#side = byId(side, HTMLElement)
    this.#opener = byId(opener, HTMLButtonElement)
    this.#slides = slides
    this.#onMove = onMove
    this.#opener.addEventListener('click', () => this.open(true))
    this.#side.querySelector('[data-close]')?.addEventListener('click', () => this.open(false))
    slides.addEventListener('change', () => this.open(false))
    this.open(false)
  }

  get isOpen() {
    return this.#slides.matches && this.#side.classList.contains('open')
  }

  /** Whether somebody can see it now. */
  get isVisible() {
    return !this.#slides.matches || this.isOpen
  }

  /** @param {boolean} on */
  open(on) {
    const was = this.#side.classList.contains('open')
    const opened = on && this.#slides.matches
    this.#side.classList.toggle('open', opened)
    this.#side.inert = this.#slides.matches && !opened
    this.#opener.setAttribute('aria-expanded', String(opened))
    this.#onMove()
    if (opened) {
      const first = this.#side.querySelector('[data-close]')
      if (first instanceof HTMLElement) first.focus()
    } else if (was) this.#opener.focus()
  }
}

/**
 * The list of chats and the side panel. Escape and the shade close what is open.
 * @param {(panelVisible: boolean) => void} onPanel
 */
export function setUpDrawers(onPanel) {
  const shade = byId('shade', HTMLElement)
  const main = document.querySelector('main')
  /** @type {Drawer[]} */
  const drawers = []
  const moved = () => {
    const covered = drawers.some((drawer) => drawer.isOpen)
    shade.hidden = !covered
    if (main !== null) main.inert = covered
    if (drawers[1] !== undefined) onPanel(drawers[1].isVisible)
  }
  drawers.push(new Drawer('chats', 'show-chats', narrow, moved))
  drawers.push(new Drawer('panel', 'show-panel', withoutPanel, moved))
  const closeAll = () => {
    for (const drawer of drawers) if (drawer.isOpen) drawer.open(false)
  }
  shade.addEventListener('click', closeAll)
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape') closeAll()
  })
  moved()
  return { closeAll }
}
