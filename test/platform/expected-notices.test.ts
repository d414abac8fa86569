import { expect, test } from 'vitest'
import { noticeFilter } from '../expected-notices.ts'

/** The lines that are printed. */
const printed = (lines: readonly string[]) => {
  const isExpected = noticeFilter()
  return lines.filter((line) => !isExpected(line))
}

test.each([
  'uncaught exception; exception = workerd/api/actor-state.c++:1249: failed: broken.outputGateBroken; jsg.Error: evicted',
  '\x1b[31muncaught exception; source = Uncaught (in promise); stack = Error: Network connection lost.\x1b[39m',
  'exception = rust/worker/ffi.rs:110: disconnected: client error (SendRequest)\nstack: workerd@28a3c60 workerd@3ac7580',
  "uncaught exception; source = Uncaught; stack = TypeError: Can't call WebSocket send() after close().\n    at a.js:1:2",
])('what a test provokes in workerd is not printed: %s', (notice) => {
  expect(printed(['before', ...notice.split('\n'), 'after'])).toEqual(['before', 'after'])
})

test.each([
  'uncaught exception; source = Uncaught; stack = TypeError: x is not a function\n    at a.js:1:2',
  '{"event":"province-failed","level":"error","error":"Network connection lost"}',
  'FAIL test/a.test.ts: Network connection lost\n    at b.ts:3:4',
])('anything else is: %s', (text) => {
  expect(printed(text.split('\n'))).toEqual(text.split('\n'))
})
