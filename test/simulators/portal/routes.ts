import * as z from 'zod'
import { romeDate } from '../../../src/platform/time.ts'
import { type About, spoil } from './faults.ts'
import { loginPage, maintenancePage, officeList, page, slotValue, townValue } from './json-answers.ts'
import type { Endpoint, ExpiryShape, FaultKind, OutageShape, PortalOptions } from './model.ts'
import type { Standing } from './sessions.ts'
import type { World } from './world.ts'

/** An answer before it goes over the wire. */
export interface Answer {
  status: number
  type: 'json' | 'html'
  body: string
  headers?: Record<string, string>
}

/** The most offices that one answer holds. */
const MOST_RESULTS = 1_000
export const LOGIN = '/cittadino/n/sc/loginCittadino/sceltaLogin'
const paths: Record<string, Endpoint> = {
  'GET /cittadino/a/sc/wizardAppuntamentoCittadino/sceltaComune': 'page',
  [`GET ${LOGIN}`]: 'login',
  'POST /cittadino/a/rc/v1/appuntamento/elenca-sede-prima-disponibilita': 'offices',
  'POST /cittadino/n/rc/v1/utility/elenca-agenda-appuntamenti-sede-mese': 'agenda',
}
const TOWN = '/cittadino/n/rc/v1/anagrafica/cerca-comune/'

export const endpointOf = (method: string, path: string): Endpoint | undefined =>
  paths[`${method} ${path}`] ?? (/^(GET|POST)$/.test(method) && path.startsWith(TOWN) ? 'town' : undefined)

const officesBody = z.object({
  comune: z.object({ provinciaQuestura: z.string() }),
  pageInfo: z
    .object({ maxResults: z.number().int().positive(), skipResults: z.number().int().min(0) })
    .partial()
    .optional(),
})
const officeId = z.union([z.number(), z.string()]).transform(String)
const agendaBody = z.object({
  sede: z
    .object({ id: officeId, objectKey: officeId })
    .partial()
    .transform(({ id, objectKey }) => id ?? objectKey)
    .pipe(z.string()),
  dataRiferimento: z.string().refine((text) => !Number.isNaN(Date.parse(text))),
  indietro: z.boolean().optional(),
})

/** What a request asks for, read from its body. */
export type Asked =
  | { endpoint: 'offices'; province: string; max: number; skip: number }
  | { endpoint: 'agenda'; officeId: string; month: string }
  | { endpoint: 'town'; name: string }
  | { endpoint: 'page' }
  | { endpoint: 'login' }

/** Null: a body that the portal would refuse. */
export function readRequest(endpoint: Endpoint, path: string, body: string): Asked | null {
  if (endpoint === 'page' || endpoint === 'login') return { endpoint }
  if (endpoint === 'town') return { endpoint, name: decodeURIComponent(path.slice(TOWN.length)) }
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
  if (endpoint === 'offices') {
    const { data } = officesBody.safeParse(value)
    if (!data) return null
    const { maxResults = 15, skipResults = 0 } = data.pageInfo ?? {}
    return { endpoint, province: data.comune.provinciaQuestura, max: maxResults, skip: skipResults }
  }
  const { data } = agendaBody.safeParse(value)
  if (!data) return null
  return { endpoint, officeId: data.sede, month: romeDate(Date.parse(data.dataRiferimento)).slice(0, 7) }
}

export const aboutOf = (asked: Asked, world: World): About => {
  if (asked.endpoint === 'offices') return { endpoint: 'offices', province: asked.province }
  if (asked.endpoint !== 'agenda') return { endpoint: asked.endpoint }
  const { officeId } = asked
  const province = world.has(officeId) ? world.office(officeId).province : undefined
  return { endpoint: 'agenda', officeId, ...(province && { province }) }
}

export const json = (value: unknown, status = 200): Answer => ({
  status,
  type: 'json',
  body: JSON.stringify(value),
})
export const html = (body: string, status = 200, headers: Record<string, string> = {}): Answer => ({
  status,
  type: 'html',
  body,
  headers,
})

/** How an expired or missing session is answered. */
export function refusal(shape: ExpiryShape): Answer {
  if (shape === 'html') return html(loginPage)
  if (shape === 'redirect') return html('', 302, { location: LOGIN })
  return json({ timestamp: 0, status: Number(shape), error: 'Access Denied' }, Number(shape))
}

/** What everybody gets during an outage; undefined: the login works as always. */
export function outageAnswer(shape: OutageShape, endpoint: Endpoint): Answer | undefined {
  if (shape === 'page') return html(maintenancePage)
  if (shape === '403') return html('<html><body>Request blocked. Support ID: 0</body></html>', 403)
  return endpoint === 'login' || endpoint === 'town' ? undefined : refusal('redirect')
}

const errorPage = (status: number) => html(`<html><body><h1>${status}</h1></body></html>`, status)

/** The answer that a fault gives in place of the true one; undefined: the true one. */
export function faultAnswer(kind: FaultKind | undefined, retryAfter: string | undefined): Answer | undefined {
  if (kind === 'forbidden') return refusal('403')
  if (kind === 'unauthorized') return refusal('401')
  if (kind === 'login') return refusal('redirect')
  if (kind === 'html') return refusal('html')
  if (kind === 'token-page') return html(page('a-token-of-nobody', false))
  if (kind === 'server-error') return errorPage(500)
  if (kind === 'too-many')
    return { ...errorPage(429), headers: retryAfter ? { 'retry-after': retryAfter } : {} }
  if (kind === 'broken-json') return { status: 200, type: 'json', body: '{"list":[{"id":46,"codice":"TO' }
  return undefined
}

/** The true answer, as far as a fault of its content leaves it so. */
export function answer(
  world: World,
  options: PortalOptions,
  asked: Asked,
  sender: Standing,
  kind: FaultKind | undefined,
): Answer {
  if (asked.endpoint === 'login') return html(loginPage)
  if (asked.endpoint === 'town') {
    const found = world.all().filter(({ city }) => city.startsWith(asked.name.toUpperCase()))
    const cities = new Map(found.map(({ city, province }) => [city, province]))
    return json(spoil(kind, 'elenco', { elenco: [...cities].map(([city, of]) => townValue(city, of)) }))
  }
  if (!sender.ok) return refusal(sender.shape)
  if (asked.endpoint === 'page') return html(page(sender.session.csrf, sender.session.requests % 2 === 0))
  if (asked.endpoint === 'offices') {
    const all = officeList(world, asked.province)
    if (options.ignorePaging) return json(spoil(kind, 'list', { list: all }))
    const max = Math.min(asked.max, options.pageCap ?? MOST_RESULTS)
    const list = all.slice(asked.skip, asked.skip + max)
    const pageInfo = { maxResults: max, skipResults: asked.skip, totalCount: all.length }
    return json(spoil(kind, 'list', { list, pageInfo }))
  }
  if (!world.has(asked.officeId)) return json({ elenco: [] })
  const office = world.office(asked.officeId)
  const elenco = world
    .shownSlots(asked.officeId)
    .filter(({ date }) => date.startsWith(asked.month))
    .map((slot) => slotValue(office, slot))
  return json(spoil(kind, 'elenco', { elenco }))
}
