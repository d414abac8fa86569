// @ts-check
import { ask, byId, make } from './dom.js'
import { words } from './language.js'
import { copyText, failed, toast } from './overlays.js'

/** @typedef {import('../wire.ts').SectionView} Section */
/** @typedef {import('../wire.ts').FieldView} Field */
/** @typedef {import('../wire.ts').TableView} Table */

/** @param {Field} field */
function input(field) {
  if (field.type === 'select') {
    const options = (field.options ?? []).map(({ value, label }) =>
      make('option', { value, selected: value === field.value }, label),
    )
    return make('select', { name: field.name }, ...options)
  }
  return make('input', { name: field.name, type: field.type, value: field.value })
}

/**
 * A text to be sent on: it can be selected, and a button copies it.
 * @param {string} text
 */
function copyable(text) {
  const area = make('textarea', { readonly: true, rows: '4', 'aria-label': words.copy })
  area.value = text
  const button = make('button', { type: 'button' }, words.copy)
  button.addEventListener('click', () => copyText(text, area))
  return make('div', { class: 'copyable' }, area, button)
}

/**
 * @param {number} section
 * @param {Section['actions'][number]} action
 */
function form(section, action) {
  const fields = (action.fields ?? []).map((field) =>
    make('label', {}, make('span', {}, field.label), input(field)),
  )
  const button = make('button', {}, action.label)
  const element = make('form', { class: 'action' }, ...fields, button)
  if (action.hint !== undefined) {
    const id = `hint-${section}-${action.id}`
    element.append(make('p', { class: 'hint', id }, action.hint))
    button.setAttribute('aria-describedby', id)
  }
  element.addEventListener('submit', async (event) => {
    event.preventDefault()
    if (button.getAttribute('aria-busy') === 'true') return
    button.setAttribute('aria-busy', 'true')
    try {
      const values = Object.fromEntries(new FormData(element))
      /** @type {import('../wire.ts').ActionView} */
      const result = await ask(`/api/panel/${section}/${encodeURIComponent(action.id)}`, values)
      toast(result.text, result.ok ? 'good' : 'bad')
      element.querySelector('.copyable')?.remove()
      if (result.copy !== undefined) element.append(copyable(result.copy))
    } catch (error) {
      failed(error)
    } finally {
      button.removeAttribute('aria-busy')
    }
  })
  return element
}

/** @param {Table} table */
function drawTable(table) {
  const head = make('tr', {}, ...table.columns.map((name) => make('th', { scope: 'col' }, name)))
  const rows = table.rows.map((row) =>
    make(
      'tr',
      {},
      ...row.map((cell) => make('td', typeof cell === 'number' ? { class: 'number' } : {}, String(cell))),
    ),
  )
  const empty = make(
    'tr',
    {},
    make('td', { colspan: String(table.columns.length), class: 'none' }, words.nothingYet),
  )
  const body = make('tbody', {}, ...(rows.length > 0 ? rows : [empty]))
  return make(
    'section',
    {},
    make('h3', {}, table.title),
    make('div', { class: 'wide' }, make('table', {}, make('thead', {}, head), body)),
  )
}

/** The side panel: what can be done to the simulated world, and tables read every second while somebody can see them. */
export class Panel {
  #visible = false
  #drawn = ''
  #reading = false

  async start() {
    /** @type {Section[]} */
    const sections = await ask('/api/panel')
    const elements = sections.map((section, index) => {
      const actions = section.actions.map((action) => form(index, action))
      return make('section', {}, make('h3', {}, section.title), ...actions)
    })
    byId('sections', HTMLElement).replaceChildren(...elements)
    setInterval(() => this.#read(), 1000)
    await this.#read()
  }

  /** @param {boolean} visible */
  show(visible) {
    this.#visible = visible
    void this.#read()
  }

  async #read() {
    if (!this.#visible || document.hidden || this.#reading) return
    this.#reading = true
    const root = byId('tables', HTMLElement)
    try {
      /** @type {Table[]} */
      const tables = await ask('/api/status')
      root.classList.remove('stale')
      const drawn = JSON.stringify(tables)
      if (drawn === this.#drawn) return
      this.#drawn = drawn
      root.replaceChildren(...tables.map(drawTable))
    } catch {
      root.classList.add('stale')
    } finally {
      this.#reading = false
    }
  }
}
