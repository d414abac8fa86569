import { Hono } from 'hono'
import { assets, iconPngs } from './assets.generated.ts'
import { ICON_SIZES, ICON_SVG } from './icon.ts'

const iconName = (size: number) => `icon-${size}.png`
const bytesOf = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))

/** Lets a phone install the pages as an app: on iPhones only an installed one gets Web Push. */
const MANIFEST = JSON.stringify({
  name: 'Sportello',
  short_name: 'Sportello',
  start_url: '/',
  display: 'standalone',
  background_color: '#fbfaf7',
  theme_color: '#0b6e5c',
  icons: [
    { src: '/assets/icon.svg', sizes: 'any', type: 'image/svg+xml' },
    ...ICON_SIZES.map((size) => ({
      src: `/assets/${iconName(size)}`,
      sizes: `${size}x${size}`,
      type: 'image/png',
      // Its ground fills the square, so that a phone may cut any shape out of it.
      purpose: 'any maskable',
    })),
  ],
})

interface File {
  type: string
  body: string | Uint8Array<ArrayBuffer>
}

/** The files whose name does not change with their content. */
const fixed = new Map<string, File>([
  ['app.webmanifest', { type: 'application/manifest+json', body: MANIFEST }],
  ['icon.svg', { type: 'image/svg+xml', body: ICON_SVG }],
  ...ICON_SIZES.map(
    (size) => [iconName(size), { type: 'image/png', body: bytesOf(iconPngs[size] ?? '') }] as const,
  ),
])
const lasting = new Map<string, File>(
  Object.values(assets).map(({ file, type, body }) => [file, { type, body }]),
)

export { assets }

/** The path of a script or style of `src/web/client`, by its name there (`site.css`, `page-map.js`). */
export function assetPath(name: string): string {
  const asset = assets[name]
  if (!asset) throw new Error(`There is no asset ${name}: run npm run assets`)
  return `/assets/${asset.file}`
}

/** Serves style, scripts, icons and manifest; the first two have their content's hash in the name and are cached for ever. */
export const assetFiles = new Hono().get('/assets/:file', async (c, next) => {
  const name = c.req.param('file')
  const found = lasting.get(name) ?? fixed.get(name)
  if (!found) return next()
  const age = lasting.has(name) ? 'max-age=31536000, immutable' : 'max-age=86400'
  return c.body(found.body, 200, { 'Content-Type': found.type, 'Cache-Control': `public, ${age}` })
})
