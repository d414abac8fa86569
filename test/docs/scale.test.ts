import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { growth, reachedAt } from '../../bench/costs/growth.ts'
import { OPEN_EACH } from '../../src/delivery/channels/telegram/telegram-channel.ts'
import { tableUnder } from './source-files.ts'

const page = readFileSync('docs/scale.md', 'utf8')
const figure = (value: number, digits: number) =>
  value.toLocaleString('en', { maximumFractionDigits: digits })

describe('docs/scale.md', () => {
  test.each(Object.entries(reachedAt))(
    'has the number of people at which a bound is reached: %s',
    (name, people) => {
      const named = tableUnder(page, 'What breaks, and at which number').map(([first]) => first)
      // Above what the table covers.
      if (name === 'lateAtPaid') expect(people).toBe(3_000_000)
      else expect(named).toContain(figure(people, 0))
    },
  )

  test.each([
    ['alerts and edits in a day', 'messagesADay', 0],
    ['… a second, on average', 'messagesASecond', 1],
    ['followers of the largest province', 'followers', 0],
    ['Stars for one alert of that province at 1,000/s', 'stars', 0],
    ['days for which messages are kept', 'historyDays', 1],
  ] as const)('has what a number of people leads to: %s', (title, of, digits) => {
    const row = tableUnder(page, 'By size').find(([first]) => first === title)
    const expected = [10_000, 100_000, 1_000_000].map((people) => figure(growth(people)[of], digits))
    expect(row?.slice(1, 4)).toEqual(expected)
  })

  test('has how long an alert and a notice to everybody take', () => {
    const rows = tableUnder(page, 'By size')
    const at = (title: RegExp) => rows.find(([first = '']) => title.test(first))?.slice(1, 4)
    const times = [10_000, 100_000, 1_000_000].map(growth)
    expect(at(/^seconds to its last follower at 28/)).toEqual(
      times.map(({ toLast }) => figure(toLast.free, 0)),
    )
    expect(at(/^… at 300\/s/)).toEqual(times.map(({ toLast }) => figure(toLast.sixSenders, 0)))
    expect(at(/^… at 1,000\/s \(18/)).toEqual(times.map(({ toLast }) => figure(toLast.paid, 1)))
    expect(at(/^minutes to notify everybody/)).toEqual(times.map(({ toAll }) => figure(toAll.free / 60, 0)))
    expect(at(/^… at 1,000\/s$/)).toEqual(times.map(({ toAll }) => figure(toAll.paid / 60, 1)))
  })

  test('says how many senders a rate takes, at 80 ms a call', () => {
    const rows = tableUnder(page, 'More messages a second').slice(1)
    expect(rows.length).toBeGreaterThan(1)
    for (const [rate = '', configured = '', senders = ''] of rows) {
      expect(Number(configured)).toBe(Number(rate.replace(/\D/g, '')))
      expect((Number(senders) * OPEN_EACH * 1_000) / 80).toBeGreaterThanOrEqual(Number(configured))
    }
  })
})
