import { Hono } from 'hono'

/** Lets a test in another runtime call the simulator's methods: POST `{ method, args }`, answer `{ value }`. */
export function controlApp(target: object): Hono {
  const app = new Hono()
  app.post('/', async (c) => {
    const { method, args = [] } = (await c.req.json()) as { method: string; args?: unknown[] }
    const found: unknown = Object.hasOwn(target, method) ? Reflect.get(target, method) : undefined
    if (typeof found !== 'function') return c.json({ error: `no method ${method}` }, 404)
    try {
      return c.json({ value: (await found(...args)) ?? null })
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : String(error) }, 400)
    }
  })
  return app
}
