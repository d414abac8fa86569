import { expect, test } from 'vitest'
import { chatInterval } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { ChatRateLimiter } from '../../src/delivery/chat-rate-limiter.ts'

test('many messages for one group are put off one after the other, not all to the same instant', () => {
  const limiter = new ChatRateLimiter(chatInterval)
  const times = [1, 2, 3, 4].map(() => limiter.plan(-5, 'alert', 100_000))
  expect(times).toEqual([undefined, 103_000, 106_000, 109_000])
  expect(limiter.plan(6, 'alert', 100_000)).toBeUndefined()
})

test('the answer to a press does not wait behind the news put off for its chat, only for the last message sent', () => {
  const limiter = new ChatRateLimiter(chatInterval)
  for (let n = 0; n < 50; n++) limiter.plan(7, 'alert', 0)
  limiter.take(7, 0)
  expect(limiter.readyAt(7)).toBe(1_000)
  expect(limiter.plan(7, 'interactive', 0)).toBeUndefined()
})

test('a 429 is about its chat; one for another chat within ten seconds is about the bot', () => {
  const limiter = new ChatRateLimiter(chatInterval)
  expect(limiter.rejected(-5, 100, 150, 40_000)).toBeUndefined()
  expect(limiter.readyAt(-5)).toBe(40_150)
  expect(limiter.readyAt(6)).toBe(0)
  expect(limiter.rejected(-5, 200, 260, 40_000)).toBeUndefined()
  expect(limiter.rejected(6, 300, 360, 2_000)).toBe(200)
  expect(new ChatRateLimiter(chatInterval).rejected(6, 300, 360, 2_000)).toBeUndefined()
  expect(limiter.rejected(7, 20_000, 20_060, 2_000)).toBeUndefined()
})

test('the next run knows the chats that are still busy', () => {
  const limiter = new ChatRateLimiter(chatInterval)
  limiter.pause(-5, 9_000)
  limiter.take(7, 1_000)
  expect(limiter.busy(2_500)).toEqual([[-5, 9_000]])
  expect(new ChatRateLimiter(chatInterval, limiter.busy(2_500)).readyAt(-5)).toBe(9_000)
})
