import { expect, test } from 'vitest'
import { ChatTurns } from '../../src/delivery/turns.ts'

test('many messages for one group are put off one after the other, not all to the same instant', () => {
  const turns = new ChatTurns()
  const times = [1, 2, 3, 4].map(() => turns.plan(-5, 1, 100_000))
  expect(times).toEqual([undefined, 103_000, 106_000, 109_000])
  expect(turns.plan(6, 1, 100_000)).toBeUndefined()
})

test('the answer to a press does not wait behind the news put off for its chat, only for the last message sent', () => {
  const turns = new ChatTurns()
  for (let n = 0; n < 50; n++) turns.plan(7, 1, 0)
  turns.take(7, 0)
  expect(turns.readyAt(7)).toBe(1_000)
  expect(turns.plan(7, 0, 0)).toBeUndefined()
})
