import type { BookingEnv } from './platform/bindings.d.ts'
import { log } from './platform/log.ts'

export { Student } from './sport/student/student.ts'

export default {
  async scheduled() {
    log('info', 'cron')
  },
} satisfies ExportedHandler<BookingEnv>
