import { describe, expect, test } from 'vitest'
import { newChat } from '../../src/chats/chat-row.ts'
import { openingsIn, type SlotChange } from '../../src/passport/history/openings.ts'
import { type Preview, previewOf, previewWords } from '../../src/passport/history/preview.ts'
import { DAY, HOUR, MINUTE } from '../../src/platform/time.ts'
import { textsIn } from '../../src/texts/index.ts'

const BEGIN = Date.parse('2026-11-01T08:00:00Z')
const off = newChat({ id: 1, kind: 'private' }, BEGIN)

/** A change of a slot on 19 December, some ms after the readings began. */
const change = (
  kind: SlotChange['kind'],
  time: string,
  after: number,
  other: Partial<SlotChange> = {},
): SlotChange => ({
  province: 'TO',
  officeId: '46',
  date: '2026-12-19',
  time,
  kind,
  places: 1,
  at: BEGIN + after,
  trace: `round-${after}`,
  firstSeenAt: BEGIN - DAY,
  watchedSince: BEGIN,
  ...other,
})

describe('the slots that were freed', () => {
  test('do not hold those that were free before the readings began, or when the office was first seen', () => {
    const changes = [
      change('seen', '09:00', MINUTE),
      change('seen', '09:15', HOUR, { firstSeenAt: BEGIN + HOUR }),
      change('seen', '09:30', 2 * HOUR),
    ]
    expect(openingsIn(changes).map(({ slot }) => slot.time)).toEqual(['09:30'])
  })

  test('end when they close; one that a reset took away for minutes was open all the time', () => {
    const changes = [
      change('seen', '09:00', HOUR),
      change('seen', '10:00', HOUR),
      change('gone', '09:00', 2 * HOUR),
      change('gone', '10:00', 3 * HOUR),
      change('restored', '10:00', 3 * HOUR + MINUTE),
      change('unwatched', '10:00', 5 * HOUR, { trace: 'follow' }),
      change('seen', '11:00', 6 * HOUR),
      change('unwatched', '11:00', 9 * HOUR, { trace: 'follow' }),
    ]
    const ends = openingsIn(changes).map(({ goneAt, seenUntil }) => [goneAt, seenUntil])
    expect(ends).toEqual([
      [BEGIN + 2 * HOUR, BEGIN + 2 * HOUR],
      [null, BEGIN + 5 * HOUR],
      [null, BEGIN + 9 * HOUR],
    ])
  })

  test('know what else was open on the same day just then', () => {
    const changes = [
      change('seen', '09:00', MINUTE, { places: 2 }),
      change('places', '09:00', HOUR),
      change('seen', '09:15', 2 * HOUR),
      change('seen', '09:30', 2 * HOUR),
      change('seen', '09:30', 2 * HOUR, { date: '2026-12-20' }),
      change('gone', '09:00', 3 * HOUR),
      change('seen', '11:00', 4 * HOUR),
    ]
    expect(openingsIn(changes).map(({ open }) => open.map(({ time }) => time).join(' '))).toEqual([
      '09:00 09:15 09:30',
      '09:00 09:15 09:30',
      '09:30',
      '09:15 09:30 11:00',
    ])
    expect(openingsIn(changes)[0]?.open[0]?.places).toBe(1)
  })
})

describe('the preview', () => {
  const now = BEGIN + 10 * DAY
  const since = new Map([['TO', BEGIN]])

  test('counts one alert for an office and round', () => {
    const openings = openingsIn([
      change('seen', '09:00', HOUR),
      change('seen', '16:00', HOUR),
      change('seen', '09:00', HOUR, { officeId: '47' }),
      change('seen', '17:00', 2 * HOUR),
    ])
    const history = { openings, since, isCut: false }
    expect(previewOf(off, history, now)).toEqual({
      alerts: 3,
      unfiltered: 3,
      days: 10,
      never: false,
      isCut: false,
      shorter: [],
    })
    expect(previewOf({ ...off, onlyTo: '12:00' }, history, now)).toMatchObject({ alerts: 2, unfiltered: 3 })
    expect(previewOf({ ...off, minDayPlaces: 3 }, history, now)).toMatchObject({ alerts: 1 })
  })

  test.each<[Preview, RegExp, RegExp]>([
    [
      { alerts: 14, unfiltered: 14, days: 30, never: false, isCut: false, shorter: [] },
      /^🔎 Negli ultimi 30 giorni ti avrei avvisato 14 volte\.$/,
      /^🔎 In the last 30 days, I would have alerted you 14 times\.$/,
    ],
    [
      { alerts: 0, unfiltered: 1, days: 1, never: false, isCut: false, shorter: [] },
      /^🔎 Controllo le tue province da un giorno: finora non ti avrei mai avvisato \(una volta senza filtri\)\.$/,
      /^🔎 I have been checking your provinces for one day: so far I would never have alerted you \(once without filters\)\.$/,
    ],
    [
      {
        alerts: 1,
        unfiltered: 1,
        days: 30,
        never: false,
        isCut: false,
        shorter: [{ province: 'MI', days: 2 }],
      },
      /una volta\. Milano la controllo solo da 2 giorni\.$/,
      /once\. I have been checking Milano for only 2 days\.$/,
    ],
    [
      {
        alerts: 1,
        unfiltered: 1,
        days: 30,
        never: false,
        isCut: false,
        shorter: ['MI', 'TO', 'RM'].map((province) => ({ province, days: 0 })),
      },
      /Alcune province le controllo da meno tempo\.$/,
      /some provinces for a shorter time\.$/,
    ],
    [
      { alerts: 0, unfiltered: 0, days: 0, never: false, isCut: false, shorter: [] },
      /meno di un giorno/,
      /less than a day/,
    ],
    [
      { alerts: 0, unfiltered: 9, days: 30, never: true, isCut: false, shorter: [] },
      /non ti avviserei mai/,
      /never write to you/,
    ],
  ])('says how far it looks back: %o', (preview, italian, english) => {
    expect(previewWords(textsIn('it'), preview)).toMatch(italian)
    expect(previewWords(textsIn('en'), preview)).toMatch(english)
  })
})
