/** What a person means by an everyday word. */
export type Wish =
  | 'yes'
  | 'no'
  | 'stop'
  | 'cancel'
  | 'help'
  | 'menu'
  | 'passport'
  | 'sport'
  | 'status'
  | 'settings'

/** Whole messages, in Italian and English, without accents and punctuation. */
const phrases: Record<Wish, readonly string[]> = {
  yes: [
    'si',
    'yes',
    'ok',
    'okay',
    'certo',
    'confermo',
    'conferma',
    'confirm',
    'ci vado',
    'vado',
    'si ci vado',
  ],
  no: ['no', 'salta', 'salto', 'skip', 'non vado', 'non ci vado', 'no non ci vado'],
  stop: ['stop', 'basta', 'smetti', 'basta avvisi', 'stop alerts'],
  cancel: ['annulla', 'annullo', 'cancel', 'lascia stare', 'niente', 'never mind', 'nevermind'],
  help: ['aiuto', 'help', 'come funziona', 'non capisco', 'how does it work'],
  menu: ['menu', 'inizio', 'home', 'ciao', 'buongiorno', 'buonasera', 'salve', 'hello', 'hi'],
  passport: ['passaporto', 'passaporti', 'passport', 'appuntamento', 'province', 'le mie province'],
  sport: ['sport', 'palestra', 'gym', 'corsi', 'corso', 'lezioni', 'lezione', 'classes', 'class'],
  status: ['stato', 'status', 'novita', 'news'],
  settings: ['impostazioni', 'preferenze', 'settings', 'preferences'],
}

const wishes = new Map(
  Object.entries(phrases).flatMap(([wish, list]) => list.map((phrase) => [phrase, wish as Wish] as const)),
)

/** Longer messages are no single word or phrase. */
const LONGEST = 40

/**
 * The meaning of a message that consists of an everyday word or phrase; undefined otherwise. "Sì" is never a province,
 * though `SI` is Siena's code.
 */
export function wishIn(typed: string): Wish | undefined {
  if (typed.length > LONGEST) return undefined
  const plain = typed
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  return wishes.get(plain)
}
