import { Hono } from 'hono'
import { webhook } from './bot/webhook.ts'
import type { EdgeEnv } from './platform/bindings.d.ts'
import { log } from './platform/log.ts'
import { systemClock } from './platform/time.ts'
import { health } from './web/health.ts'

const app = new Hono<{ Bindings: EdgeEnv }>()

app.route('/', health(systemClock))
app.route(
  '/',
  webhook({
    clock: systemClock,
    pollNow: async (_env, province) => log('info', 'province-due', { province }),
  }),
)

export default {
  fetch: app.fetch,
  async scheduled() {
    log('info', 'cron')
  },
} satisfies ExportedHandler<EdgeEnv>
