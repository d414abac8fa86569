/** A part of the icon: a box or a disc. */
export type IconPart = { fill: string } & (
  | { x: number; y: number; width: number; height: number }
  | { cx: number; cy: number; r: number }
)

/** The sides of the square that the parts are measured in. */
export const ICON_SIDE = 32
const GREEN = '#0b6e5c'
const PAPER = '#fbfaf7'

/** The icon's ground. Phones round its corners themselves. */
export const ICON_GROUND = GREEN
/** A counter's window with a slot in it, each part over those before. */
export const ICON_PARTS: readonly IconPart[] = [
  { cx: 16, cy: 12, r: 9, fill: PAPER },
  { x: 7, y: 12, width: 18, height: 12, fill: PAPER },
  { x: 11, y: 17, width: 10, height: 3, fill: GREEN },
]

/** The icon as a PNG, by the length of its sides in pixels: an iPhone's home screen, and what a manifest needs. */
export const ICON_SIZES = [180, 192, 512] as const

const tag = (part: IconPart): string =>
  `<${'r' in part ? 'circle' : 'rect'} ${Object.entries(part)
    .map(([name, value]) => `${name}="${value}"`)
    .join(' ')}/>`

/** The icon as an SVG, with round corners. */
export const ICON_SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${ICON_SIDE} ${ICON_SIDE}"><rect width="${ICON_SIDE}" height="${ICON_SIDE}" rx="7" fill="${ICON_GROUND}"/>${ICON_PARTS.map(tag).join('')}</svg>`
