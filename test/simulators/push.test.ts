import { expect, test } from 'vitest'
import { startPushServer } from './push/push-server.ts'

test('a request that a fault holds up counts from when it came: its sender may have ended since', async () => {
  let now = Date.parse('2026-12-01T10:00:00+01:00')
  const clock = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms
    },
  }
  const push = await startPushServer({ clock })
  try {
    const browser = await push.service.subscribe('key')
    push.service.unsubscribe(browser)
    push.faults.add({ fault: { type: 'slow', ms: 10_500 }, times: 1, probability: 1 })
    const answer = await fetch(browser.endpoint, { method: 'POST', body: 'encrypted' })
    expect(answer.status).toBe(410)
    const [call] = push.service.ended
    expect((call?.at ?? 0) - (call?.askedAt ?? 0)).toBe(10_500)
  } finally {
    await push.stop()
  }
})
