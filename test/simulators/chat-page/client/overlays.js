// @ts-check
import { byId, make } from './dom.js'
import { words } from './language.js'

/**
 * A few words that go away by themselves.
 * @param {string} text
 * @param {'good' | 'bad'} [mood]
 */
export function toast(text, mood = 'good') {
  const note = make('p', { class: `toast ${mood}` }, text)
  const shelf = byId('toasts', HTMLElement)
  shelf.append(note)
  while (shelf.childElementCount > 3) shelf.firstElementChild?.remove()
  setTimeout(() => note.remove(), 3000 + text.length * 40)
}

/**
 * Words that wait for OK, as `show_alert` does.
 * @param {string} text
 */
export function alertBox(text) {
  byId('alert-text', HTMLElement).textContent = text
  byId('alert', HTMLDialogElement).showModal()
}

/** @param {unknown} error */
export function failed(error) {
  toast(error instanceof Error ? error.message : String(error), 'bad')
}

/**
 * Copies a text; where the browser forbids that, it is left selected.
 * @param {string} text
 * @param {HTMLTextAreaElement} [area] where it can be selected
 */
export async function copyText(text, area) {
  try {
    await navigator.clipboard.writeText(text)
    toast(words.copied)
  } catch (error) {
    if (area === undefined) failed(error)
    else area.select()
  }
}

const LIGHT = {
  bg_color: '#ffffff',
  text_color: '#000000',
  hint_color: '#707579',
  link_color: '#1d6fb8',
  button_color: '#2b7fc9',
  button_text_color: '#ffffff',
  secondary_bg_color: '#f4f4f5',
}
const DARK = {
  bg_color: '#17212b',
  text_color: '#f5f5f5',
  hint_color: '#8b9aa8',
  link_color: '#6ab3f3',
  button_color: '#2f7dbf',
  button_text_color: '#ffffff',
  secondary_bg_color: '#232e3c',
}

/**
 * Opens a Mini App in a panel over the chat, in the colours of the page.
 * @param {string} address with who is looking, signed, written after the #
 * @param {string} title
 */
export function openMiniApp(address, title) {
  const dialog = byId('mini-app', HTMLDialogElement)
  const frame = dialog.querySelector('iframe')
  const dark = matchMedia('(prefers-color-scheme: dark)').matches
  const theme = encodeURIComponent(JSON.stringify(dark ? DARK : LIGHT))
  byId('mini-app-title', HTMLElement).textContent = title
  if (frame !== null) frame.src = address.replace(/(?<=tgWebAppThemeParams=)[^&]*/, theme)
  dialog.showModal()
}

/** Wires what closes the Mini App: its button, Escape, and the app's own wish. */
export function setUpOverlays() {
  const dialog = byId('mini-app', HTMLDialogElement)
  const frame = dialog.querySelector('iframe')
  dialog.querySelector('[data-close-app]')?.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => frame?.setAttribute('src', 'about:blank'))
  addEventListener('message', (event) => {
    if (frame === null || event.source !== frame.contentWindow || typeof event.data !== 'string') return
    if (event.data.includes('"web_app_close"')) dialog.close()
  })
}
