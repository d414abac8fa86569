// @ts-check
import { byId, make } from './dom.js'
import { words } from './language.js'

/** @typedef {import('../wire.ts').CommandView} Command */
/** @typedef {import('../wire.ts').MenuView} Menu */

/** The message box: Enter sends, Shift+Enter breaks the line, "/" lists the bot's commands. */
export class Composer {
  #form = byId('composer', HTMLFormElement)
  #text = byId('text', HTMLTextAreaElement)
  #menu = byId('menu', HTMLButtonElement)
  #list = byId('commands', HTMLElement)
  #photo = byId('photo', HTMLInputElement)
  /** @type {Command[]} */
  #commands = []
  /** @type {Menu} */
  #offered = { text: 'Menu' }
  #send

  /**
   * @param {(text: string) => void} send
   * @param {(photo: File) => void} sendPhoto
   * @param {(webApp: string, title: string) => void} openApp
   */
  constructor(send, sendPhoto, openApp) {
    this.#send = send
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#submit()
    })
    this.#text.addEventListener('keydown', (event) => this.#onKey(event))
    this.#text.addEventListener('input', () => {
      this.#grow()
      this.#suggest()
    })
    this.#menu.addEventListener('click', () => {
      const { text, webApp } = this.#offered
      if (webApp !== undefined) openApp(webApp, text)
      else if (this.#list.hidden) this.#open(this.#commands)
      else this.#close()
    })
    this.#list.addEventListener('click', (event) => {
      const item = event.target instanceof Element ? event.target.closest('[data-command]') : null
      if (item !== null) this.#choose(item.getAttribute('data-command') ?? '')
    })
    this.#list.addEventListener('keydown', (event) => this.#onListKey(event))
    byId('attach', HTMLButtonElement).addEventListener('click', () => this.#photo.click())
    this.#photo.addEventListener('change', () => {
      const file = this.#photo.files?.[0]
      if (file !== undefined) sendPhoto(file)
      this.#photo.value = ''
    })
  }

  /**
   * @param {Command[]} commands
   * @param {Menu} menu
   */
  offer(commands, menu) {
    this.#commands = commands
    this.#offered = menu
    const isApp = menu.webApp !== undefined
    this.#menu.hidden = commands.length === 0 && !isApp
    this.#menu.classList.toggle('app', isApp)
    this.#menu.setAttribute('aria-label', isApp ? menu.text : words.commands)
    const label = this.#menu.querySelector('span')
    if (label !== null) label.textContent = menu.text
    if (commands.length === 0) this.#close()
  }

  focus() {
    this.#text.focus()
  }

  /** Empties the box, as when another chat opens. */
  clear() {
    this.#text.value = ''
    this.#grow()
    this.#close()
  }

  #submit() {
    const text = this.#text.value.trim()
    if (text === '') return
    this.clear()
    this.#send(text)
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      this.#submit()
    } else if (event.key === 'Escape') {
      this.#close()
    } else if (event.key === 'ArrowUp' && !this.#list.hidden) {
      event.preventDefault()
      const last = this.#list.lastElementChild?.firstElementChild
      if (last instanceof HTMLElement) last.focus()
    }
  }

  /** @param {KeyboardEvent} event */
  #onListKey(event) {
    /** @type {(Element | null)[]} */
    const buttons = [...this.#list.querySelectorAll('button')]
    const at = buttons.indexOf(document.activeElement)
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const next = buttons[at + (event.key === 'ArrowDown' ? 1 : -1)]
      if (next === undefined || next === null) this.focus()
      else if (next instanceof HTMLElement) next.focus()
    } else if (event.key === 'Escape') {
      this.#close()
      this.focus()
    }
  }

  #grow() {
    this.#text.style.height = 'auto'
    if (this.#text.value !== '') this.#text.style.height = `${this.#text.scrollHeight}px`
  }

  #suggest() {
    const typed = this.#text.value
    if (!typed.startsWith('/') || /\s/.test(typed)) {
      this.#close()
      return
    }
    this.#open(this.#commands.filter(({ command }) => `/${command}`.startsWith(typed.toLowerCase())))
  }

  /** @param {Command[]} commands */
  #open(commands) {
    const items = commands.map(({ command, description }) =>
      make(
        'li',
        {},
        make(
          'button',
          { type: 'button', 'data-command': command },
          make('b', {}, `/${command}`),
          make('span', {}, description),
        ),
      ),
    )
    this.#list.replaceChildren(...items)
    this.#list.hidden = items.length === 0
    this.#menu.setAttribute('aria-expanded', String(!this.#list.hidden))
  }

  #close() {
    this.#list.hidden = true
    this.#menu.setAttribute('aria-expanded', 'false')
  }

  /** @param {string} command */
  #choose(command) {
    this.clear()
    this.focus()
    this.#send(`/${command}`)
  }
}
