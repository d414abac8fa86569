import type { Page, Response } from 'playwright-core'
import { type Reading, readPage, watchFromStart } from './lighthouse-page.ts'

/** What Lighthouse bounds, except times. Its own bounds; the bytes and requests are the project's. */
const MOST = { shift: 0.1, bytes: 100_000, requests: 10, nodes: 1_500, depth: 32, unusedScript: 20_480 }

/** Text that is shorter gains nothing from compression, bytes. */
const WORTH_COMPRESSING = 1_400

/** How long a file is kept, s: for good with its content's hash in its name, else a day. */
const KEPT = { hashed: 31_536_000, other: 86_400 }

export interface AuditOptions {
  /** Targets are touched. */
  phone: boolean
  /** What happens to the page while it is open, before it is judged. */
  meanwhile?: ((page: Page) => Promise<unknown>) | undefined
}

/** What went over the wire while the page was open. */
interface Traffic {
  bytes: number
  responses: Response[]
  /** What the browser itself complained of. */
  complaints: string[]
}

/** Listens to a page that is not open yet. */
async function listen(page: Page): Promise<Traffic> {
  const traffic: Traffic = { bytes: 0, responses: [], complaints: [] }
  const complain = (name: string, text: string) => traffic.complaints.push(`${name}: ${text}`)
  page.on('pageerror', (error) => complain('script-error', error.message))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complain('console', message.text())
  })
  page.on('requestfailed', (request) => complain('request-failed', request.url()))
  page.on('response', (response) => {
    traffic.responses.push(response)
    if (response.status() >= 400) complain('request-failed', `${response.status()} ${response.url()}`)
  })
  const devtools = await page.context().newCDPSession(page)
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
    traffic.bytes += encodedDataLength
  })
  // Deprecated interfaces, mixed content, cookies, refused content: what the browser's Issues tab lists.
  devtools.on('Audits.issueAdded', ({ issue }) => complain('issue', issue.code))
  await devtools.send('Network.enable')
  await devtools.send('Audits.enable')
  return traffic
}

async function judgeResponse(response: Response): Promise<string[]> {
  const url = new URL(response.url())
  const headers = await response.allHeaders()
  const found: string[] = []
  const isText = /^(?:text|application\/(?:json|javascript)|image\/svg)/.test(headers['content-type'] ?? '')
  const length = response.status() < 300 ? (await response.body()).length : 0
  if (isText && length > WORTH_COMPRESSING && !headers['content-encoding']) {
    found.push(`compression: ${url.pathname} comes as it is, ${length} bytes`)
  }
  if (response.request().resourceType() !== 'document' && url.pathname.startsWith('/assets/')) {
    const kept = Number(/max-age=(\d+)/.exec(headers['cache-control'] ?? '')?.[1] ?? 0)
    const wanted = /\.[\da-f]{8,}\.\w+$/.test(url.pathname) ? KEPT.hashed : KEPT.other
    if (kept < wanted) found.push(`cache: ${url.pathname} is kept for ${kept} s`)
  }
  return found
}

/** Bytes of each script that never ran. */
async function unusedScripts(page: Page): Promise<string[]> {
  return (await page.coverage.stopJSCoverage()).flatMap(({ url, source = '', functions }) => {
    const ran = new Uint8Array(source.length).fill(1)
    for (const { ranges } of functions)
      for (const { startOffset, endOffset, count } of ranges)
        ran.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    const unused = ran.filter((used) => used === 0).length
    return unused > MOST.unusedScript ? [`unused-script: ${unused} bytes of ${url}`] : []
  })
}

/** Directives that must be there; `default-src 'none'` stands for those that are left out. */
function judgePolicy(policy: string): string[] {
  const directives = new Map(
    policy.split(';').map((part) => {
      const [name = '', ...values] = part.trim().split(/\s+/)
      return [name, values.join(' ')]
    }),
  )
  const scripts = directives.get('script-src') ?? directives.get('default-src') ?? '*'
  const objects = directives.get('object-src') ?? directives.get('default-src')
  return [
    ...(/unsafe|\*|data:|https?:(?:$|\s)/.test(scripts) ? [`policy: scripts from ${scripts}`] : []),
    ...(objects === "'none'" ? [] : ['policy: plug-ins are allowed']),
    ...(directives.get('base-uri') === "'none'" ? [] : ['policy: a base element is allowed']),
    ...(directives.has('frame-ancestors') ? [] : ['policy: anybody may frame it']),
  ]
}

/** Tries to run a script that stands in the page, as injected markup would. */
const inlineScriptRuns = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const script = document.createElement('script')
    script.textContent = 'document.documentElement.dataset.injected = "yes"'
    document.body.append(script)
    return document.documentElement.dataset.injected === 'yes'
  })

function judgeReading(found: Reading, link: string, { phone }: AuditOptions): string[] {
  const { metas } = found
  const hidden = /noindex/.test(metas.robots ?? '')
  // Other languages may be named in the page or in its headers.
  const alternates = [
    ...found.alternates,
    ...[...link.matchAll(/<([^>]*)>/g)].map(([, address = '']) => address),
  ]
  const absolute = (address: string) => URL.canParse(address)
  const fitting =
    /width=device-width/.test(metas.viewport ?? '') &&
    !/user-scalable=(?:no|0)|maximum-scale/.test(metas.viewport ?? '')
  const rules: [name: string, kept: boolean, detail: string][] = [
    ['layout-shift', found.shift <= MOST.shift, found.shift.toFixed(3)],
    ['dom-size', found.nodes < MOST.nodes, `${found.nodes} elements`],
    ['dom-depth', found.depth < MOST.depth, `${found.depth} deep`],
    ['blocking-script', found.blockingScripts.length === 0, found.blockingScripts.join()],
    ['document-write', !found.written, 'used'],
    ['unload', !found.unloads, 'listened for, so that going back is slow'],
    ['doctype', found.doctype === 'html' && found.compatMode === 'CSS1Compat', found.doctype],
    ['charset', found.charset === 'UTF-8', found.charset],
    ['lang', /^(?:it|en)$/.test(found.lang), found.lang],
    ['title', found.title.trim().length > 0, 'none'],
    ['description', hidden || (metas.description ?? '').length > 0, 'none'],
    ['viewport', fitting, metas.viewport ?? 'none'],
    ['favicon', found.icons.length > 0, 'none'],
    ['hreflang', alternates.length > 0 && alternates.every(absolute), alternates.join(' ')],
    [
      'canonical',
      found.canonicals.length < 2 && found.canonicals.every(absolute),
      found.canonicals.join(' '),
    ],
  ]
  return [
    ...rules.flatMap(([name, kept, detail]) => (kept ? [] : [`${name}: ${detail}`])),
    ...Object.entries(found.broken)
      .filter(([name]) => phone || name !== 'touch-target')
      .flatMap(([name, pieces]) => pieces.map((piece) => `${name}: ${piece}`)),
  ]
}

/**
 * Opens a page as Lighthouse would and judges what Lighthouse judges and no clock is needed for: performance, best
 * practices, what search engines need. Accessibility is axe's. @returns what is wrong, by the rule's name; nothing when
 * all is well
 */
export async function audit(page: Page, url: string, options: AuditOptions): Promise<string[]> {
  const traffic = await listen(page)
  await watchFromStart(page)
  await page.coverage.startJSCoverage()
  const opened = await page.goto(url, { waitUntil: 'networkidle' })
  const atFirst = { bytes: traffic.bytes, requests: traffic.responses.length }
  await options.meanwhile?.(page)
  const found = await readPage(page)
  const headers = (await opened?.allHeaders()) ?? {}
  const violations = [
    ...(await unusedScripts(page)),
    ...traffic.complaints,
    ...(await Promise.all(traffic.responses.map(judgeResponse))).flat(),
    ...judgeReading(found, headers.link ?? '', options),
  ]
  const foreign = traffic.responses.filter(
    (response) => new URL(response.url()).origin !== new URL(url).origin,
  )
  for (const response of foreign) violations.push(`third-party: ${response.url()}`)
  if (atFirst.bytes > MOST.bytes) violations.push(`bytes: ${atFirst.bytes}`)
  if (atFirst.requests > MOST.requests) violations.push(`requests: ${atFirst.requests}`)
  if (!/charset=utf-8/i.test(headers['content-type'] ?? '')) violations.push('charset: not in the header')
  if (/no-store/.test(headers['cache-control'] ?? '')) violations.push('no-store: going back is slow')
  violations.push(...judgePolicy(headers['content-security-policy'] ?? ''))
  for (const icon of found.icons) {
    const { ok } = await fetch(new URL(icon, url))
    if (!ok) violations.push(`favicon: ${icon} does not answer`)
  }
  // Last, as the browser complains of it when it is refused.
  if (await inlineScriptRuns(page)) violations.push('policy: a script in the page runs')
  return violations
}
