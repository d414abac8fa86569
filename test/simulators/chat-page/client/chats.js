// @ts-check
import { byId, make } from './dom.js'
import { words } from './language.js'
import { timeOf } from './messages.js'

/** @typedef {import('../wire.ts').ChatView} Chat */

/** @param {string} title */
function initials(title) {
  const names = title.split(/\s+/).filter((word) => /\p{L}/u.test(word))
  return names
    .slice(0, 2)
    .map((word) => [...word][0]?.toUpperCase() ?? '')
    .join('')
}

/** The list of chats: one button each, with the last message, its time and how many wait to be read. */
export class ChatList {
  #root = byId('chat-list', HTMLElement)
  #drawn = ''

  /** @param {(chat: number) => void} onOpen */
  constructor(onOpen) {
    this.#root.addEventListener('click', (event) => {
      const item = event.target instanceof Element ? event.target.closest('[data-chat]') : null
      if (item !== null) onOpen(Number(item.getAttribute('data-chat')))
    })
  }

  /**
   * @param {Chat[]} chats
   * @param {number} open
   */
  draw(chats, open) {
    const drawn = JSON.stringify([chats, open])
    if (drawn === this.#drawn) return
    this.#drawn = drawn
    const focused = document.activeElement?.getAttribute('data-chat')
    this.#root.replaceChildren(...chats.map((chat, index) => this.#item(chat, index, chat.id === open)))
    const target = focused ? this.#root.querySelector(`[data-chat="${focused}"]`) : null
    if (target instanceof HTMLElement) target.focus()
  }

  /**
   * @param {Chat} chat
   * @param {number} index
   * @param {boolean} open
   */
  #item(chat, index, open) {
    const face = make(
      'span',
      { class: `face tint-${index % 6}`, 'aria-hidden': 'true' },
      initials(chat.title),
    )
    const top = make('span', { class: 'top' }, make('b', {}, chat.title))
    if (chat.lastDate > 0) top.append(make('time', {}, timeOf(chat.lastDate)))
    const bottom = make(
      'span',
      { class: 'bottom' },
      make('span', { class: 'preview' }, chat.preview || words.noMessage),
    )
    if (chat.unread > 0) {
      bottom.append(
        make(
          'span',
          { class: 'badge' },
          String(chat.unread),
          make('span', { class: 'hidden' }, words.toRead),
        ),
      )
    }
    const attributes = {
      type: 'button',
      'data-chat': String(chat.id),
      'aria-current': open ? 'true' : undefined,
    }
    return make('li', {}, make('button', attributes, face, make('span', { class: 'words' }, top, bottom)))
  }
}
