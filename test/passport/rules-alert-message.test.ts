import { describe, expect, test } from 'vitest'
import { type AlertSlot, alertMessage, headline } from '../../src/passport/alerts/alert-message.ts'
import { textsIn } from '../../src/texts/index.ts'

const office = {
  code: 'TOPQ60',
  name: 'TOPQ60 - Questura di Torino',
  address: 'Via Grattoni 3',
  city: 'TORINO',
}
const slot = (date: string, time: string, places = 1, gone = false): AlertSlot => ({
  date,
  time,
  places,
  gone,
})
const alertIn = (language: 'it' | 'en', slots: AlertSlot[], bookableAt: string | null = null) =>
  alertMessage(textsIn(language), {
    province: 'TO',
    office,
    slots,
    bookableAt,
    portalOrigin: 'https://portal.test',
  })
const urls = (message: ReturnType<typeof alertIn>) =>
  message.keyboard?.flat().flatMap((button) => ('url' in button ? button.url : []))

describe('an alert', () => {
  test('begins with the province, the places and the day, as a notification shows them', () => {
    expect(alertIn('it', [slot('2026-12-03', '09:00', 2)]).text).toBe(
      [
        'Torino: 2 posti, gio 3 dic 09:00',
        'Nuova disponibilità:',
        'Prima data: 03/12/2026',
        'Disponibilità:',
        '   03/12/2026 ore 09:00 · 2 posti',
        'Sede: TOPQ60 - Questura di Torino',
        'Indirizzo: Via Grattoni 3 TORINO',
      ].join('\n'),
    )
  })

  test('counts what is still open, from the first day that is', () => {
    const slots = [
      slot('2026-12-03', '09:00', 2, true),
      slot('2026-12-04', '10:15', 3),
      slot('2026-12-05', '08:30'),
    ]
    expect(alertIn('it', slots).text).toMatch(/^Torino: 4 posti, da ven 4 dic 10:15\n/)
    expect(alertIn('en', slots).text).toMatch(/^Torino: 4 places, from Fri 4 Dec 10:15\n/)
  })

  test('offers no booking once all its slots are gone', () => {
    const gone = alertIn('it', [slot('2026-12-03', '09:00', 2, true)])
    expect(gone.text).toMatch(/^Torino: posti finiti\nNon più disponibile:/)
    expect(urls(gone)).toEqual([])
    expect(urls(alertIn('it', [slot('2026-12-03', '09:00')]))).toHaveLength(1)
  })

  test.each([
    ['09:00', 'dalle 9'],
    ['09:05', 'dalle 9:05'],
    ['13:30', 'dalle 13:30'],
    ['01:00', 'dall’1'],
    ['00:00', 'da mezzanotte'],
  ])('says from when it can be booked: %s is %s', (time, words) => {
    const { text } = alertIn('it', [slot('2026-12-03', '09:00')], time)
    expect(text).toContain(`\nNuova disponibilità, prenotabile ${words}:\n`)
    expect(text).not.toContain('alle ore')
  })

  test('writes no date in English that reads as another day elsewhere', () => {
    const { text } = alertIn('en', [slot('2026-12-03', '09:00', 2)], '09:00')
    expect(text).toContain('First date: 3 Dec 2026')
    expect(text).toContain('3 Dec 2026 at 09:00 · 2 places')
    expect(text).not.toMatch(/\d\/\d/)
  })
})

test('a message about several provinces names them, or how many there are', () => {
  const said = (provinces: string[]) => headline(textsIn('it'), provinces, [slot('2026-12-03', '09:00')]).text
  expect(said(['TO', 'MI', 'TO'])).toBe('Torino, Milano: 1 posto, gio 3 dic 09:00')
  expect(said(['TO', 'MI', 'RM', 'NA'])).toBe('Torino e altre 3: 1 posto, gio 3 dic 09:00')
})
