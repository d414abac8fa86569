import { expect, test } from 'vitest'
import { updateOf } from '../../bench/updates.ts'
import { textsIn } from '../../src/texts/index.ts'
import { harness } from './harness.worker.ts'

const { post, telegram } = harness()

test('the updates of the webhook bench reach the features: each press edits its message, nothing is unknown', async () => {
  const bodies = Array.from({ length: 40 }, (_, i) => updateOf(i, 40, 1))
  for (const body of bodies) expect((await post(body)).status).toBe(200)
  const called = (method: string) => telegram.calls.filter((call) => call.method === method)
  const presses = bodies.filter((body) => body.includes('callback_query'))
  expect(presses.length).toBeGreaterThan(0)
  expect(called('editMessageText')).toHaveLength(presses.length)
  expect(called('sendMessage')).toHaveLength(bodies.length - presses.length)
  const { oldButton, notUnderstood } = textsIn('it').common
  for (const { payload } of telegram.calls)
    for (const unknown of [oldButton, notUnderstood]) expect(String(payload.text)).not.toContain(unknown)
})
