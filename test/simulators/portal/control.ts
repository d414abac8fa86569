import type { PortalControls } from './model.ts'
import { type Answer, json } from './routes.ts'

/** Lets another process do what a test does: a POST of `{ method, args }` is answered with `{ value }`. */
export async function callControl(controls: PortalControls, body: string): Promise<Answer> {
  const { method, args = [] } = JSON.parse(body) as { method: string; args?: unknown[] }
  const found: unknown = Object.hasOwn(controls, method) ? Reflect.get(controls, method) : undefined
  if (typeof found !== 'function') return json({ error: `no method ${method}` }, 404)
  try {
    return json({ value: (await found(...args)) ?? null })
  } catch (error) {
    return json({ error: error instanceof Error ? error.message : String(error) }, 400)
  }
}
