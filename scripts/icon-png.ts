import { encode } from 'fast-png'
import { ICON_GROUND, ICON_PARTS, ICON_SIDE, type IconPart } from '../src/web/icon.ts'

/** Each pixel is the mean of so many points, squared. */
const POINTS = 4

const covers = (part: IconPart, x: number, y: number): boolean =>
  'r' in part
    ? (x - part.cx) ** 2 + (y - part.cy) ** 2 <= part.r ** 2
    : x >= part.x && x < part.x + part.width && y >= part.y && y < part.y + part.height

const colourOf = (fill: string): number[] =>
  [1, 3, 5].map((at) => Number.parseInt(fill.slice(at, at + 2), 16))
const ground = colourOf(ICON_GROUND)
// The uppermost first.
const parts = ICON_PARTS.map((part) => ({ part, colour: colourOf(part.fill) })).toReversed()

/** The icon as a PNG without transparency, always the same bytes. @param size of its sides in pixels */
export function iconPng(size: number): Uint8Array {
  const step = ICON_SIDE / size / POINTS
  const data = new Uint8Array(size * size * 3)
  for (let pixel = 0; pixel < size * size; pixel++) {
    const sum = [0, 0, 0]
    for (let point = 0; point < POINTS * POINTS; point++) {
      const x = ((pixel % size) * POINTS + (point % POINTS) + 0.5) * step
      const y = (Math.floor(pixel / size) * POINTS + Math.floor(point / POINTS) + 0.5) * step
      const colour = parts.find(({ part }) => covers(part, x, y))?.colour ?? ground
      for (const [i, value] of colour.entries()) sum[i] = (sum[i] ?? 0) + value
    }
    for (const [i, value] of sum.entries()) data[pixel * 3 + i] = Math.round(value / POINTS ** 2)
  }
  return encode({ width: size, height: size, data, channels: 3, depth: 8 })
}
