import { expect, test } from 'vitest'
import { withoutExpectedNotices } from '../expected-notices.ts'

test.each([
  'uncaught exception; exception = workerd/api/actor-state.c++:1249: failed: broken.outputGateBroken; jsg.Error: evicted\n',
  'uncaught exception; source = Uncaught (in promise); stack = Error: Network connection lost.\n',
  'exception = rust/worker/ffi.rs:110: disconnected: client error (SendRequest)\nstack: workerd@28a3c60 workerd@3ac7580\n',
  'uncaught exception; source = Uncaught; stack = TypeError: Can’t call WebSocket send() after close().\n    at a.js:1:2\n',
])('what a test provokes in workerd is not printed: %s', (notice) => {
  expect(withoutExpectedNotices(`before\n${notice}after\n`)).toBe('before\nafter\n')
})

test.each([
  'uncaught exception; source = Uncaught; stack = TypeError: x is not a function\n    at a.js:1:2\n',
  '{"event":"province-failed","level":"error","error":"Network connection lost"}\n',
  'FAIL test/a.test.ts: Network connection lost\n    at b.ts:3:4\n',
  'half a line',
])('anything else is: %s', (text) => {
  expect(withoutExpectedNotices(text)).toBe(text)
})
