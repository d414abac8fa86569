// @ts-check
import { language, words } from './language.js'

/**
 * Finds an element that the page certainly has.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} type
 * @returns {T}
 */
export function byId(id, type) {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`)
  return found
}

/**
 * Makes an element. Children that are strings become text, never markup.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | boolean | undefined>} [attributes] false and undefined leave the attribute out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue
    element.setAttribute(name, value === true ? '' : value)
  }
  element.append(...children)
  return element
}

/**
 * An icon of icons.svg; without a label it is decoration.
 * @param {string} name
 * @param {string} [label]
 */
export function icon(name, label) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `/icons.svg#${name}`)
  if (label === undefined) {
    svg.setAttribute('aria-hidden', 'true')
  } else {
    const title = document.createElementNS('http://www.w3.org/2000/svg', 'title')
    title.textContent = label
    svg.setAttribute('role', 'img')
    svg.append(title)
  }
  svg.append(use)
  return svg
}

/**
 * Asks the page's server; a refusal rejects with the server's own words.
 * @param {string} path
 * @param {unknown} [body] sent as JSON by POST; a Blob goes as it is; absent makes it a GET
 * @returns {Promise<any>}
 */
export async function ask(path, body) {
  /** @type {RequestInit} */
  const init = { headers: { 'accept-language': language } }
  if (body instanceof Blob) {
    Object.assign(init, { method: 'POST', body })
  } else if (body !== undefined) {
    Object.assign(init, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'accept-language': language, 'content-type': 'application/json' },
    })
  }
  const answer = await fetch(path, init)
  if (!answer.ok) throw new Error((await answer.text()) || words.failure(answer.status))
  return answer.json()
}
