import { Hono } from 'hono'
import { assets } from './assets.generated.ts'

/** The favicon: a counter's window with a slot in it. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b6e5c"/><path d="M7 24V12a9 9 0 0 1 18 0v12z" fill="#fbfaf7"/><path d="M11 17h10v3H11z" fill="#0b6e5c"/></svg>`

/** Lets a phone install the pages as an app: on iPhones only an installed one gets Web Push. */
const MANIFEST = JSON.stringify({
  name: 'Sportello',
  short_name: 'Sportello',
  start_url: '/',
  display: 'standalone',
  background_color: '#fbfaf7',
  theme_color: '#0b6e5c',
  icons: [{ src: '/assets/icon.svg', sizes: 'any', type: 'image/svg+xml' }],
})

const files = new Map([
  ['app.webmanifest', { type: 'application/manifest+json', body: MANIFEST }] as const,
  ...Object.values(assets).map(({ file, type, body }) => [file, { type, body }] as const),
  ['icon.svg', { type: 'image/svg+xml', body: ICON }] as const,
])

export { assets }

/** The path of a script or style of `src/web/client`, by its name there (`site.css`, `page-map.js`). */
export function assetPath(name: string): string {
  const asset = assets[name]
  if (!asset) throw new Error(`There is no asset ${name}: run npm run assets`)
  return `/assets/${asset.file}`
}

/** The files whose name does not change with their content. */
const FIXED: ReadonlySet<string> = new Set(['icon.svg', 'app.webmanifest'])

/** Serves style, scripts, icon and manifest; the first two have their content's hash in the name and are cached for ever. */
export const assetFiles = new Hono().get('/assets/:file', async (c, next) => {
  const found = files.get(c.req.param('file'))
  if (!found) return next()
  const lasting = FIXED.has(c.req.param('file')) ? 'max-age=86400' : 'max-age=31536000, immutable'
  return c.body(found.body, 200, { 'Content-Type': found.type, 'Cache-Control': `public, ${lasting}` })
})
