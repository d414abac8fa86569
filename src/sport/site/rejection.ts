import type { ClassSlot, SiteReason } from './site-model.ts'

/**
 * Sentences of a refusal. Nobody has published the real ones, so several wordings in both languages are recognised,
 * from the most particular to the most general.
 */
const SENTENCES: [SiteReason, RegExp][] = [
  [
    'session-expired',
    /sessione scadut|session (has )?expired|effettua(re)? (il )?(login|accesso)|not authenticated/,
  ],
  ['certificate-expired', /certificat|visita medica|medical/],
  [
    'already-booked',
    /gia (stat[oa] )?(prenotat|iscritt|registrat)|gia una prenotazione|already (booked|reserved|registered|have|enrolled)/,
  ],
  ['over-limit', /limite|massim|\bmax\b|limit\b|too many|maximum|troppe prenotazioni/],
  [
    'not-open-yet',
    /non (sono |e |risulta(no)? )?ancora (apert|prenotabil|disponibil|possibil|attiv)|ancora chius|prenotabil[ei] (solo )?(dal|dalle|da|a partire)|a partire da|apriranno|aprira|troppo presto|too early|not (yet )?open|not yet|opens? (at|on|in)/,
  ],
  [
    'no-subscription',
    /abbonament|subscription|membership|tesserament|iscrizione (scadut|non)|credit[oi]?\b|ingressi|voucher/,
  ],
  [
    'class-gone',
    /non esist|inesistent|annullat|cancellat[ao]|not found|does not exist|cancel+ed|gia iniziat|already started|terminat/,
  ],
  [
    'full',
    /esaurit|al complet|complet[ao]\b|pien[ao]\b|\bfull\b|sold out|(nessun|non ci sono|non sono (piu )?|no more|no) ?(posti|posto|places?|spots?|seats?)|posti (non|terminati|occupati)|piu disponibil|no longer available|lista d.attesa/,
  ],
]

const plain = (text: string) =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/<[^>]*>/g, ' ')
    .toLowerCase()

/** What a refusal's sentence says; null when it is not understood. */
export const reasonOfText = (message: string): SiteReason | null =>
  SENTENCES.find(([, pattern]) => pattern.test(plain(message)))?.[0] ?? null

export interface RefusalSigns {
  /** The site's own words, when it gave some. */
  message: string
  /** The class as the schedule shows it after the refusal: `gone` when it is not there; null when it was not looked at. */
  slot: Pick<ClassSlot, 'state' | 'places'> | 'gone' | null
  /** Now by the site's clock, when the class starts, and when it should open: epoch ms. */
  now: number
  startsAt: number
  opensAt: number
}

/** Why a booking was refused: by the class's state first, by the sentence last, as the sentences are guesses. */
export function classifyRefusal({ message, slot, now, startsAt, opensAt }: RefusalSigns): SiteReason {
  if (slot === 'gone') return 'class-gone'
  if (slot?.state === 'mine') return 'already-booked'
  const said = reasonOfText(message)
  if (slot?.state === 'closed' && slot.places === 0 && said !== 'not-open-yet') return 'full'
  if (said) return said
  if (now >= startsAt) return 'class-gone'
  if (slot?.state !== 'closed') return 'refused'
  if (now < opensAt) return 'not-open-yet'
  return slot.places === null ? 'full' : 'refused'
}
