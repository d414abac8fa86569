import { Hono } from 'hono'
import type { EdgeEnv } from './platform/bindings.d.ts'
import { log } from './platform/log.ts'

const app = new Hono<{ Bindings: EdgeEnv }>()

app.get('/healthz', (c) => c.json({ ok: true }))

export default {
  fetch: app.fetch,
  async scheduled() {
    log('info', 'cron')
  },
} satisfies ExportedHandler<EdgeEnv>
