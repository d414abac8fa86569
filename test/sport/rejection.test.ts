import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../src/platform/time.ts'
import { classifyRejection, type RejectionSigns } from '../../src/sport/site/rejection.ts'
import { certainReason, saysBooked } from '../../src/sport/site/rejection-words.ts'
import type { SiteReason } from '../../src/sport/site/site-model.ts'

const OPENS = Date.parse('2026-05-21T22:00:00Z')
/** Half a minute after the opening of a class two days ahead, which is shown with free places. */
const signs: RejectionSigns = {
  message: '',
  slot: { state: 'open', places: 7 },
  now: OPENS + 30 * SECOND,
  opensAt: OPENS,
  startsAt: OPENS + 60 * HOUR,
}
const classify = (message: string, change: Partial<RejectionSigns> = {}) =>
  classifyRejection({ ...signs, message, ...change })

const FULL = { state: 'closed', places: 0 } as const
const CLOSED = { state: 'closed', places: 7 } as const

/** Sentences that mean one thing, whatever the schedule shows meanwhile: its list may lag. */
const clear: Partial<Record<SiteReason, string[]>> = {
  full: [
    'Numero massimo di partecipanti raggiunto',
    'Raggiunto il numero massimo di partecipanti.',
    'È stato raggiunto il limite di iscritti per questa lezione.',
    'Fully booked',
    'This class is fully booked.',
    'La lezione selezionata non ha capienza',
    'La lezione non ha più capienza disponibile.',
    'Capienza massima raggiunta',
    'Capienza esaurita.',
    'Disponibilità esaurita',
    'Nessuna disponibilità per l’orario scelto',
    'Posti esauriti',
    'I posti sono terminati.',
    'Non ci sono posti disponibili per la lezione',
    'Tutti i posti sono già stati prenotati.',
    'Posto già prenotato da un altro utente',
    'Il corso è al completo',
    'Lezione piena.',
    'Sold out!',
    'The class is full.',
    'No more spots available',
    'Maximum number of participants reached',
    'Class is at capacity',
    'Limite massimo iscritti raggiunto',
    'Spiacenti, non ci sono più posti liberi',
    'The maximum capacity has been reached.',
    'Non è più disponibile.',
    'Vuoi entrare in lista d&#39;attesa?',
  ],
  'not-open-yet': [
    'Puoi prenotare al massimo 2 giorni prima',
    'Puoi prenotare al massimo 48 ore prima della lezione.',
    'Non è possibile prenotare con più di 2 giorni di anticipo',
    'You can book at most 2 days in advance.',
    'Il tuo abbonamento consente di prenotare al massimo 2 giorni prima',
    'La lezione non è ancora prenotabile',
    'Le prenotazioni non sono ancora aperte.',
    'Prenotabile a partire dalle 00:00 del 10/10',
    'Prenotazioni disponibili dalle ore 00:00',
    'Le prenotazioni apriranno a mezzanotte',
    'Sarà possibile prenotare da domani',
    'Booking is not open yet',
    'Bookings open at midnight',
    'Troppo presto per prenotare',
  ],
  'session-expired': [
    'La sessione è scaduta',
    'Sessione scaduta.',
    'La tua sessione è terminata: effettua nuovamente il login.',
    'Your session has expired',
    'Utente non autenticato',
    'Please log in again',
    'The required anti-forgery form field is not present.',
  ],
  'over-limit': [
    'Hai raggiunto il limite di prenotazioni',
    'Hai raggiunto il numero massimo di prenotazioni.',
    'Hai superato il numero di lezioni settimanali consentite',
    'Limite di prenotazioni settimanali superato',
    'Non puoi avere più di 3 prenotazioni attive',
    'Puoi prenotare solo una lezione al giorno',
    'Hai già una prenotazione per questo giorno',
    'You have reached the maximum number of bookings',
    'Il tuo abbonamento consente massimo 3 ingressi a settimana',
  ],
  overlap: [
    'Hai già un’altra prenotazione nello stesso orario',
    'La prenotazione si sovrappone a un’altra',
    'This booking overlaps with another one',
  ],
  'already-booked': [
    'Sei già prenotato a questa lezione',
    'Hai già prenotato questa lezione',
    'Hai già una prenotazione per questa lezione.',
    'Risulti già iscritto',
    'You already have a booking for this class',
    'Already booked',
  ],
  'no-subscription': [
    'Abbonamento non valido',
    'Nessun abbonamento valido per questa attività.',
    'Non hai ancora un abbonamento attivo',
    'Hai esaurito gli ingressi del pacchetto',
    'Crediti insufficienti',
    'Your membership does not cover this activity',
  ],
  'certificate-expired': [
    'Certificato medico scaduto',
    'Manca il certificato medico',
    'Medical certificate expired',
  ],
  'class-gone': [
    'Appuntamento inesistente',
    'La lezione è stata annullata',
    'Il corso selezionato è stato cancellato',
    'La lezione è già iniziata.',
    'The class does not exist',
  ],
  'rate-limited': ['Troppe richieste: rallenta', 'Too many requests'],
}
const sentences = Object.entries(clear).flatMap(([reason, list]) =>
  list.map((text) => [text, reason] as const),
)

describe('a clear sentence', () => {
  test.each(sentences)('%j means %s', (text, reason) => {
    expect(certainReason(text)).toBe(reason)
    expect(classify(text)).toBe(reason)
    expect(classify(`<p>${text}</p>`, { slot: null })).toBe(reason)
  })

  test('about a failure of the site, or about nothing, says nothing about the class', () => {
    for (const text of [
      'Errore 17',
      'Operazione non riuscita (cod. 17).',
      'Non è possibile prenotare',
      '',
      'NO',
    ])
      expect(certainReason(text)).toBeNull()
    expect(classify('Servizio temporaneamente non disponibile')).toBe('site-down')
  })
})

describe('the class’s state and the moment come first', () => {
  test('a booked, vanished or full class is what it is', () => {
    for (const text of [
      '',
      'Errore 17',
      'Limite raggiunto',
      'Raggiunto il numero massimo di partecipanti.',
    ]) {
      expect(classify(text, { slot: { state: 'mine', places: 0 } })).toBe('already-booked')
      expect(classify(text, { slot: 'gone' })).toBe('class-gone')
      expect(classify(text, { slot: FULL })).toBe('full')
      expect(classify(text, { now: signs.startsAt })).toBe('class-gone')
    }
    expect(classify('Posti esauriti', { slot: { state: 'mine', places: 0 } })).toBe('already-booked')
  })

  test('an expired session says nothing about the class', () => {
    expect(classify('La sessione è scaduta', { slot: FULL })).toBe('session-expired')
  })

  test('before the opening, and in the first minutes of a disabled class, it has not opened yet', () => {
    expect(classify('Errore 17', { now: OPENS - SECOND, slot: CLOSED })).toBe('not-open-yet')
    expect(classify('Errore 17', { now: OPENS - SECOND, slot: null })).toBe('not-open-yet')
    expect(classify('Prenotazioni chiuse', { now: OPENS - SECOND })).toBe('not-open-yet')
    expect(classify('Non prenotabile', { now: OPENS - SECOND, slot: 'gone' })).toBe('not-open-yet')
    expect(classify('Errore 17', { now: OPENS + 70 * SECOND, slot: CLOSED })).toBe('not-open-yet')
    expect(classify('Errore 17', { now: OPENS + 3 * MINUTE, slot: CLOSED })).toBe('refused')
  })

  test('“2 hours before” is too early at the opening and too late before the class', () => {
    for (const text of [
      'Prenotazioni chiuse: almeno 2 ore prima',
      'Puoi prenotare fino a 2 ore prima',
      'Non oltre 2 ore prima',
    ]) {
      expect(classify(text)).toBe('not-open-yet')
      expect(classify(text, { now: signs.startsAt - HOUR })).toBe('class-gone')
    }
  })
})

describe('single words come last', () => {
  test('they count only where the class agrees', () => {
    const later = { now: OPENS + 10 * MINUTE }
    expect(classify('Limite raggiunto', { ...later, slot: CLOSED })).toBe('over-limit')
    expect(classify('Limite raggiunto', later)).toBe('refused')
    expect(classify('Numero massimo di prenotazioni raggiunto', { ...later, slot: FULL })).toBe('full')
  })

  test('an unknown sentence never ends the action while the class may be available', () => {
    const word = fc.constantFrom(
      'operazione',
      'non',
      'riuscita',
      'errore',
      'limite',
      'massimo',
      'contatta',
      'la',
      'segreteria',
      '17',
    )
    const final: SiteReason[] = [
      'over-limit',
      'no-subscription',
      'certificate-expired',
      'class-gone',
      'full',
      'overlap',
    ]
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 8 }),
        fc.constantFrom(
          null,
          { state: 'open', places: 3 } as const,
          { state: 'open', places: null } as const,
        ),
        (words, slot) => {
          expect(final).not.toContain(classify(words.join(' '), { slot }))
        },
      ),
    )
  })
})

test('a sentence that says that it was booked is told from one that says the opposite', () => {
  for (const text of ['Prenotazione effettuata.', 'La prenotazione è stata confermata', 'Booking confirmed'])
    expect(saysBooked(text)).toBe(true)
  for (const text of ['Prenotazione non effettuata', 'Hai già una prenotazione confermata', 'Errore', ''])
    expect(saysBooked(text)).toBe(false)
})

test('long texts are read in linear time', () => {
  for (const piece of ['<', '&', 'prenotazione ', 'gia ', '\n', 'à'])
    expect(classify(piece.repeat(200_000))).toMatch(/\S/)
})
