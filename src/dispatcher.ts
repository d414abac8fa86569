import type { DispatcherEnv } from './platform/bindings.d.ts'
import { log } from './platform/log.ts'

export default {
  async queue(batch) {
    batch.ackAll()
  },
  async scheduled() {
    log('info', 'cron')
  },
} satisfies ExportedHandler<DispatcherEnv>
