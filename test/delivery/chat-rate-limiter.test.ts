import { expect, test } from 'vitest'
import { ChatRateLimiter } from '../../src/delivery/chat-rate-limiter.ts'

test('many messages for one group are put off one after the other, not all to the same instant', () => {
  const limiter = new ChatRateLimiter()
  const times = [1, 2, 3, 4].map(() => limiter.plan(-5, 'alert', 100_000))
  expect(times).toEqual([undefined, 103_000, 106_000, 109_000])
  expect(limiter.plan(6, 'alert', 100_000)).toBeUndefined()
})

test('the answer to a press does not wait behind the news put off for its chat, only for the last message sent', () => {
  const limiter = new ChatRateLimiter()
  for (let n = 0; n < 50; n++) limiter.plan(7, 'alert', 0)
  limiter.take(7, 0)
  expect(limiter.readyAt(7)).toBe(1_000)
  expect(limiter.plan(7, 'interactive', 0)).toBeUndefined()
})
