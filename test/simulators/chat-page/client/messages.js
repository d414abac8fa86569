// @ts-check
import { icon, make } from './dom.js'
import { formatted } from './entities.js'
import { locale, words } from './language.js'

/** @typedef {import('../wire.ts').MessageView} Message */
/** @typedef {import('../wire.ts').ButtonView} Button */

const clock = new Intl.DateTimeFormat(locale, {
  timeZone: 'Europe/Rome',
  hour: '2-digit',
  minute: '2-digit',
})
const day = new Intl.DateTimeFormat(locale, { timeZone: 'Europe/Rome', day: 'numeric', month: 'long' })
const dayKey = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome' })

/** @param {number} ms */
export const timeOf = (ms) => clock.format(ms)

/** @param {number} ms */
function dayOf(ms) {
  if (dayKey.format(ms) === dayKey.format(Date.now())) return words.today
  return day.format(ms)
}

/** @param {number} bytes */
function size(bytes) {
  if (bytes < 1024) return `${bytes} B`
  return `${(bytes / 1024).toLocaleString(locale, { maximumFractionDigits: 1 })} kB`
}

/**
 * @param {Message} message
 * @param {Button} button
 * @param {Set<string>} waiting presses that the bot has not answered yet
 */
function key(message, button, waiting) {
  const look = button.style === undefined ? 'key' : `key ${button.style}`
  if (button.disabled) {
    return make('button', { type: 'button', class: look, disabled: '' }, make('span', {}, button.text))
  }
  if (button.url !== undefined) {
    const attributes = { class: look, href: button.url, target: '_blank', rel: 'noopener noreferrer' }
    return make('a', attributes, make('span', {}, button.text), icon('away', words.opensPage))
  }
  if (button.webApp !== undefined) {
    const attributes = { type: 'button', class: look, 'data-web-app': button.webApp }
    return make('button', attributes, make('span', {}, button.text), icon('app', words.opensApp))
  }
  if (button.copy !== undefined) {
    const attributes = { type: 'button', class: look, 'data-copy': button.copy }
    return make('button', attributes, make('span', {}, button.text), icon('copy', words.copies))
  }
  const busy = waiting.has(`${message.id} ${button.data}`)
  return make(
    'button',
    {
      type: 'button',
      class: look,
      'data-press': button.data ?? '',
      'data-message': String(message.id),
      'aria-busy': busy ? 'true' : undefined,
    },
    make('span', {}, button.text),
  )
}

/**
 * @param {Message} message
 * @param {boolean} group
 * @param {Set<string>} waiting
 */
function inside(message, group, waiting) {
  if (message.service !== undefined) return [make('span', {}, message.service)]
  const bubble = make('div', { class: 'bubble' })
  if (group) bubble.append(make('p', { class: 'author' }, message.author))
  else bubble.append(make('span', { class: 'hidden' }, `${message.author}: `))
  if (message.answers !== undefined) {
    const { author, text } = message.answers
    bubble.append(make('p', { class: 'answers' }, make('b', {}, author), make('span', {}, text)))
  }
  if (message.photo !== undefined) {
    bubble.append(
      make('img', { class: 'photo', src: message.photo.href, alt: `${words.photo} ${message.photo.name}` }),
    )
  }
  if (message.document !== undefined) {
    const { name, bytes, href } = message.document
    const label = make('span', {}, make('b', {}, name), make('small', {}, size(bytes)))
    bubble.append(make('a', { class: 'document', href, download: name }, icon('file'), label))
  }
  if (message.text !== '') {
    bubble.append(make('div', { class: 'text' }, ...formatted(message.text, message.entities)))
  }
  const meta = make('span', { class: 'meta' })
  if (message.edited) meta.append(make('span', { class: 'edited' }, words.edited))
  if (message.effect) meta.append(icon('effect', words.effect))
  if (message.silent) meta.append(icon('muted', words.muted))
  meta.append(make('time', { datetime: new Date(message.date).toISOString() }, timeOf(message.date)))
  bubble.append(meta)
  if (message.keyboard.length === 0) return [bubble]
  const rows = message.keyboard.map((row) =>
    make('div', { class: 'row' }, ...row.map((button) => key(message, button, waiting))),
  )
  return [bubble, make('div', { class: 'keyboard' }, ...rows)]
}

/** The conversation on screen: elements are kept by message, so that an edit changes one and a deletion fades one. */
export class Conversation {
  #root
  /** @type {Map<number, { element: HTMLElement, drawn: string }>} */
  #shown = new Map()
  #chat = 0
  /** Presses that wait for the bot's answer, as "message data". @type {Set<string>} */
  waiting = new Set()

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root
  }

  /**
   * @param {number} chat
   * @param {boolean} group
   * @param {Message[]} messages
   */
  draw(chat, group, messages) {
    const fresh = chat !== this.#chat
    if (fresh) {
      this.#shown.clear()
      this.#root.replaceChildren()
      this.#chat = chat
    }
    const alive = new Set(messages.map((message) => message.id))
    for (const [id, { element }] of this.#shown) {
      if (alive.has(id)) continue
      this.#shown.delete(id)
      this.#vanish(element)
    }
    for (const separator of this.#root.querySelectorAll('.day')) separator.remove()
    let last = ''
    for (const [index, message] of messages.entries()) {
      const element = this.#drawOne(message, group, fresh)
      const next = messages[index + 1]
      const ends = next?.author !== message.author || next.from !== message.from
      element.classList.toggle('ends', ends)
      const today = dayKey.format(message.date)
      if (today !== last) {
        const separator = make('p', { class: 'day' }, make('span', {}, dayOf(message.date)))
        if (element.parentElement === this.#root) element.before(separator)
        else this.#root.append(separator)
      }
      last = today
      if (element.parentElement !== this.#root) this.#root.append(element)
    }
  }

  /**
   * Shows or stops the spinner of a button.
   * @param {string} message
   * @param {string} data
   * @param {boolean} on
   */
  spin(message, data, on) {
    const name = `${message} ${data}`
    if (on) this.waiting.add(name)
    else this.waiting.delete(name)
    for (const button of this.#root.querySelectorAll('button[data-press]')) {
      if (button.getAttribute('data-message') !== message || button.getAttribute('data-press') !== data)
        continue
      if (on) button.setAttribute('aria-busy', 'true')
      else button.removeAttribute('aria-busy')
    }
  }

  /**
   * @param {Message} message
   * @param {boolean} group
   * @param {boolean} fresh
   */
  #drawOne(message, group, fresh) {
    const drawn = JSON.stringify(message)
    const old = this.#shown.get(message.id)
    if (old?.drawn === drawn) return old.element
    const parts = inside(message, group, this.waiting)
    if (old !== undefined) {
      /** @type {(Element | null)[]} */
      const keys = [...old.element.querySelectorAll('.key')]
      const focused = keys.indexOf(document.activeElement)
      old.element.replaceChildren(...parts)
      old.drawn = drawn
      if (focused >= 0) {
        const after = [...old.element.querySelectorAll('.key')]
        const target = after[Math.min(focused, after.length - 1)]
        if (target instanceof HTMLElement) target.focus({ preventScroll: true })
      }
      return old.element
    }
    const element = make(
      'article',
      {
        class: `message ${message.service === undefined ? message.from : 'service'}`,
        'data-id': String(message.id),
      },
      ...parts,
    )
    if (!fresh) element.classList.add('arrives')
    this.#shown.set(message.id, { element, drawn })
    return element
  }

  /** @param {HTMLElement} element */
  #vanish(element) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) {
      element.remove()
      return
    }
    element.inert = true
    element.style.height = `${element.offsetHeight}px`
    element.classList.add('vanishing')
    element.addEventListener('animationend', () => element.remove(), { once: true })
  }
}
