import { abortAllDurableObjects, env, reset } from 'cloudflare:test'
import { beforeEach } from 'vitest'

// One runtime serves many files: each begins without a student.
await reset()
await abortAllDurableObjects()

// Tests of a file share the database, and all their students one user name.
beforeEach(async () => {
  await (env as unknown as { DB: D1Database }).DB.exec('DELETE FROM login_limits')
})
