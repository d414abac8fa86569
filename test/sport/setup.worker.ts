import { abortAllDurableObjects, env, reset } from 'cloudflare:test'
import { beforeEach } from 'vitest'

// One runtime serves many files: each begins without a student.
await reset()
await abortAllDurableObjects()

// Playwright notes the stack of each of its calls, and the test runner looks up where each frame comes from: a quarter of
// the CPU time of tests with a browser. Stacks that begin in the library stay as they are.
const toSources = Error.prepareStackTrace
const inLibrary = (frame?: NodeJS.CallSite) => frame?.getFileName()?.includes('/@cloudflare/playwright/')
if (toSources && !toSources.name.startsWith('unlessInLibrary'))
  Error.prepareStackTrace = function unlessInLibrary(error, frames) {
    return inLibrary(frames[0]) ? [error, ...frames].join('\n    at ') : toSources(error, frames)
  }

// Tests of a file share the database, and all their students one user name.
beforeEach(async () => {
  await (env as unknown as { DB: D1Database }).DB.exec('DELETE FROM login_limits')
})
