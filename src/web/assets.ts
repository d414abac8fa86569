import { Hono } from 'hono'
import { assets } from './assets.generated.ts'

/** The favicon: a counter's window with a slot in it. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b6e5c"/><path d="M7 24V12a9 9 0 0 1 18 0v12z" fill="#fbfaf7"/><path d="M11 17h10v3H11z" fill="#0b6e5c"/></svg>`

const files = new Map([
  ...Object.values(assets).map(({ file, type, body }) => [file, { type, body }] as const),
  ['icon.svg', { type: 'image/svg+xml', body: ICON }] as const,
])

/** The path of a script or style of `src/web/client`, by its name there (`site.css`, `page-map.js`). */
export function assetPath(name: string): string {
  const asset = assets[name]
  if (!asset) throw new Error(`There is no asset ${name}: run npm run assets`)
  return `/assets/${asset.file}`
}

/** Serves style, scripts and icon; all but the icon have their content's hash in the name and are cached for ever. */
export const assetFiles = new Hono().get('/assets/:file', async (c, next) => {
  const found = files.get(c.req.param('file'))
  if (!found) return next()
  const lasting = c.req.param('file') === 'icon.svg' ? 'max-age=86400' : 'max-age=31536000, immutable'
  return c.body(found.body, 200, { 'Content-Type': found.type, 'Cache-Control': `public, ${lasting}` })
})
