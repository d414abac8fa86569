import { foldText } from '../../platform/fold.ts'
import type { SiteReason } from './site-model.ts'
import { siteText } from './site-text.ts'

/**
 * What the site's sentences mean. Nobody has published the real ones, so each meaning is recognised by what it is about,
 * in both languages. Patterns see folded text: no accents, no punctuation, lower case, single spaces.
 */

const LIMIT = String.raw`(?:limit\w{0,15}|massim\w{0,15}|max|maximum|troppe|too many|superat\w{0,15}|oltre|solo|soltanto|only|at most|piu di|more than|esaurit\w{0,15})`
const BOOKINGS = String.raw`(?:prenota\w{0,15}|booking\w{0,15}|reservation\w{0,15}|ingress\w{0,15}|lezion\w{0,15}|class[ei]\w{0,15}|cors[oi]|attivita|volte|posti prenotabil\w{0,15}|appuntament\w{0,15}|appointment\w{0,15})`
const PERSON = String.raw`(?:hai|puoi|potevi|tuo|tua|tue|tuoi|you|your|utente|user|socio|cliente|settiman\w{0,15}|giornalier\w{0,15}|al giorno|mensil\w{0,15}|al mese|week\w{0,15}|daily|per day|month\w{0,15}|contemporane\w{0,15}|attiv[ei]|active|future)`
const HEADS = String.raw`(?:partecipant\w{0,15}|participant\w{0,15}|iscritti|persone|people|attendees|capienza|capacita|capacity|posti|places|spots|seats|disponibilita|availability)`
const REACHED = String.raw`(?:massim\w{0,15}|max|maximum|limit\w{0,15}|raggiunt\w{0,15}|superat\w{0,15}|esaurit\w{0,15}|complet\w{0,15}|terminat\w{0,15}|finit\w{0,15}|occupat\w{0,15}|reached|exceeded|full|insufficient\w{0,15})`
const SPAN = `(?:giorn[oi]|or[ae]|minut[oi]|settiman[ae]|days?|hours?|minutes?|weeks?)`
const BEFORE = `(?:prima|in anticipo|di anticipo|before|in advance|ahead)`

/** All of some words, in any order. */
const all = (...words: string[]) => new RegExp(`^${words.map((word) => `(?=.*\\b${word}\\b)`).join('')}`)
const any = (...patterns: string[]) => new RegExp(`\\b(?:${patterns.join('|')})`)

/** "Al massimo 2 giorni prima", "at most 48 hours in advance": how early booking opens, or how late it closes. */
const WINDOW = new RegExp(`\\b${SPAN} (?:\\w+ )?${BEFORE}\\b`)
/** "Almeno 2 ore prima", "prenotazioni chiuse": it is too late, unless it is too early. */
const CLOSING = any(
  `(?:almeno|entro|fino a|at least|until|up to) [\\w ]{0,20}${SPAN} (?:\\w+ )?${BEFORE}`,
  'prenotazion[ei] (?:\\w+ )?(?:sono |e )?(?:gia )?chius[ae]',
  '(?:non e|non si puo|non puoi) piu (?:possibile )?(?:prenota|effettua)',
  'bookings? (?:is |are |has |have )?(?:already )?closed',
  'termin[ei] [\\w ]{0,40}(?:scadut|superat|passat|trascors)',
  'too late|troppo tardi|tempo scaduto|fuori tempo',
)

/** From what concerns the session, through what concerns the student, to what concerns the class. */
const CERTAIN: [SiteReason, RegExp][] = [
  [
    'session-expired',
    any(
      'session[ei]? (?:\\w+ ){0,3}(?:scadut|expired|non valid|not valid|invalid|terminat|timed out|ended)',
      '(?:effettu|esegu|rifa|ripet)\\w{0,15} (?:\\w+ ){0,2}(?:login|log in|accesso|autenticazione)\\b',
      '(?:log|sign) in (?:again|first)|login again|please (?:log|sign) in|accedi (?:di nuovo|nuovamente)|devi (?:prima )?(?:accedere|autenticarti)',
      'not authenticated|unauthenticated|unauthorized|non (?:sei )?(?:autenticat|autorizzat[oa] al sito)|utente non (?:conness|riconosciut)',
      'anti ?forgery|verification token',
    ),
  ],
  ['rate-limited', any('troppe richieste', 'too many (?:requests|attempts)', 'slow down', 'rallenta')],
  ['certificate-expired', any('certificat', 'visita medica', 'idoneita', 'medical')],
  [
    'over-limit',
    any(
      'gia (?:un altra |un |una )?(?:altra )?prenotazione (?:\\w+ ){0,3}(?:giorn|oggi|domani|settiman)',
      'already (?:\\w+ ){0,3}booking (?:\\w+ ){0,3}(?:day|today|week)',
      'mancat[ae] presenz|no show|penalit|(?:sei|account|utente|utenza) (?:\\w+ )?(?:sospes|bloccat)',
    ),
  ],
  [
    'overlap',
    any(
      'sovrappo',
      'overlap',
      'conflict',
      'conflitto',
      '(?:stess[oa]|same) (?:orari|or[ae]|fascia|time|hour|momento)',
      'concomitan',
      'altra prenotazione',
    ),
  ],
  [
    'full',
    any(
      '(?:tutt[oi]|completamente|totalmente|interamente|posti) (?:\\w+ ){0,4}(?:prenotat|occupat|riservat)',
      'prenotat\\w{0,15} da (?:un )?altr',
      '(?:at|reached|over) (?:full |maximum |its )?capacity',
      'fully (?:booked|reserved)|sold out|booked (?:out|up|by (?:an|some)other)|taken by',
    ),
  ],
  [
    'already-booked',
    any(
      'gia (?:stat[oa] )?(?:prenotat|iscritt|registrat)',
      'gia (?:\\w+ )?prenotazione',
      'risulti (?:prenotat|iscritt)',
      'prenotazione (?:\\w+ )?(?:esistente|presente|duplicat)',
      'already (?:\\w+ )?(?:booked|reserved|registered|enrolled|booking|reservation|have)',
    ),
  ],
  ['not-open-yet', WINDOW],
  [
    'no-subscription',
    all(
      '(?:ingress\\w{0,15}|credit\\w{0,15}|pacchett\\w{0,15}|carnet|voucher|gettoni)',
      '(?:esaurit\\w{0,15}|terminat\\w{0,15}|finit\\w{0,15}|insufficient\\w{0,15}|non|no|scadut\\w{0,15}|expired)',
    ),
  ],
  ['over-limit', all(LIMIT, BOOKINGS, PERSON)],
  [
    'over-limit',
    any(
      'hai (?:gia )?(?:raggiunto|superato) (?:\\w+ ){0,2}(?:limite|massimo)',
      'you (?:have )?(?:reached|exceeded) (?:\\w+ ){0,2}(?:limit|maximum)',
    ),
  ],
  ['full', all(HEADS, REACHED)],
  [
    'full',
    any(
      '(?:nessun[ao]?|non ci sono|non c e|non sono|non ha|non hanno|senza|zero|0|no|no more|not enough|there are no) (?:\\w+ ){0,2}(?:posti|posto|capienza|capacita|disponibilita|places?|spots?|seats?|availability|capacity)\\b',
      'posti non disponibil',
      'esaurit',
      'al completo',
      '(?:lezione|corso|classe|attivita|slot|turno|class|course|session) (?:\\w+ ){0,2}(?:pien[oa]|complet[oa]|full)\\b',
      'piu disponibil|no longer available|(?:lista|liste) d? ?attesa|waiting ?list|wait ?list',
    ),
  ],
  [
    'not-open-yet',
    any(
      'non (?:sono |e |risulta(?:no)? |si puo |puoi )?ancora (?:\\w+ )?(?:apert|prenota|disponibil|possibil|attiv)',
      'ancora (?:chius|non)',
      '(?:prenotabil[ei]|possibile prenotare|prenotare|prenotazioni|disponibil[ei]) (?:\\w+ )?(?:dal|dalle|da|dopo|a partire)\\b',
      'a partire da|sara possibile|potrai prenotare|apriranno|aprira|aprono|apertura',
      'troppo presto|too early|not (?:yet )?open|not yet|before (?:the )?opening',
      '(?:opens?|open|available|bookable|possible) (?:at|on|in|from|after)\\b',
    ),
  ],
  [
    'no-subscription',
    any(
      'abbonament',
      'subscription',
      'membership',
      'tesser',
      'iscrizione (?:\\w+ )?(?:scadut|non|manca)',
      'non (?:sei|risulti) (?:iscritt|abilitat)',
      'credit[oi]?\\b',
      'voucher',
      'carnet',
      'pacchett',
      'pagament',
      'payment',
      'non hai (?:\\w+ )?(?:diritt|permess|requisit)',
      'not (?:entitled|eligible)',
    ),
  ],
  [
    'class-gone',
    any(
      'non (?:piu )?esist',
      'inesistent',
      '(?:lezione|corso|classe|attivita|appuntamento|evento) (?:\\w+ ){0,3}(?:annullat|cancellat|sospes|non trovat|rimoss)',
      'not found|does not exist|no longer exists|cancel+ed',
      'gia (?:iniziat|terminat|conclus|svolt|passat)',
      '(?:already|has) (?:started|begun|ended|finished)',
    ),
  ],
]

/** Words that prove nothing by themselves: they count only where the class's state agrees. */
const VAGUE: [SiteReason, RegExp][] = [
  ['over-limit', any('limit', 'massim', 'maximum', 'max\\b', 'too many', 'troppe', 'superat')],
  ['full', any('complet[oa]\\b', 'pien[oa]\\b', 'full\\b', 'occupat', 'posti')],
  ['class-gone', any('annullat', 'cancellat', 'terminat', 'conclus', 'iniziat', 'non trovat')],
  ['not-open-yet', any('ancora', 'presto', 'apert', 'chius', 'early', 'open\\b', 'closed')],
]

const OWN_FAULT = any(
  'temporaneamente',
  'servizio non disponibil',
  'manutenzione|maintenance',
  'service unavailable',
  'errore (?:interno|imprevisto|di sistema|del server)',
  'internal (?:server )?error|unexpected error',
  'timeout|timed out|deadlock',
)

const BOOKED =
  /^(?!.*\b(?:non|not|errore|error|gia|already)\b).*\b(?:prenotazione (?:\w+ ){0,2}(?:effettuata|confermata|avvenuta|registrata|riuscita)|prenotat[oa] con successo|booking (?:\w+ )?(?:confirmed|successful|completed)|successfully booked)/

const meaningIn = (list: [SiteReason, RegExp][], text: string): SiteReason | null =>
  list.find(([, pattern]) => pattern.test(text))?.[0] ?? null

/** A sentence as the patterns see it. */
const folded = (message: string): string => foldText(siteText(message)).slice(0, 1_000)

/** What a sentence says when it can mean one thing only, whatever the class's state; null when it needs a look. */
export function certainReason(message: string): SiteReason | null {
  const text = folded(message)
  return CLOSING.test(text) ? null : meaningIn(CERTAIN, text)
}

/** What single words of a sentence may mean: it counts only where the class's state agrees. */
export const possibleReason = (message: string): SiteReason | null => meaningIn(VAGUE, folded(message))

/** True for "at most 2 days before": booking is not open yet, or closed already. */
export const namesWindow = (message: string): boolean => WINDOW.test(folded(message))

/** True for a sentence that says that booking is closed. */
export const saysClosed = (message: string): boolean => CLOSING.test(folded(message))

/** True for a sentence that says that the booking was made. */
export const saysBooked = (message: string): boolean => BOOKED.test(folded(message))

/** True when the site reports a fault of its own. */
export const saysOwnFault = (message: string): boolean => OWN_FAULT.test(folded(message))
