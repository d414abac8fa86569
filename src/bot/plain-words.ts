import { buttonData } from '../delivery/button-data.ts'
import { foldText } from '../platform/fold.ts'
import { type Texts, textsIn } from '../texts/index.ts'

/** An everyday word that answers an open question, or ends something. */
export type Answer = 'yes' | 'no' | 'stop' | 'cancel'

const answers: Record<Answer, readonly string[]> = {
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
    'i m going',
    'i am going',
  ],
  no: [
    'no',
    'salta',
    'salto',
    'skip',
    'non vado',
    'non ci vado',
    'no non ci vado',
    'i m not going',
    'i am not going',
  ],
  stop: ['stop', 'basta', 'smetti', 'basta avvisi', 'stop alerts'],
  cancel: ['annulla', 'annullo', 'cancel', 'lascia stare', 'niente', 'never mind', 'nevermind'],
}

/** What people type for a part of the menu besides the label of its button. */
const synonyms: Record<string, readonly string[]> = {
  help: ['aiuto', 'help', 'come funziona', 'non capisco', 'how does it work', 'info', 'comandi', 'commands'],
  home: [
    'menu',
    'inizio',
    'home',
    'start',
    'ciao',
    'buongiorno',
    'buonasera',
    'salve',
    'hello',
    'hi',
    'grazie',
    'thanks',
  ],
  mine: [
    'passaporto',
    'passaporti',
    'passport',
    'province',
    'le mie province',
    'mie',
    'avvisi',
    'alerts',
    'provinces',
  ],
  regions: ['segui', 'follow', 'aggiungi', 'add', 'seguire una provincia', 'segui una provincia'],
  booked: ['ho prenotato', 'prenotato', 'ho l appuntamento', 'i booked', 'booked'],
  'how-to-book': ['appuntamento', 'prenotare il passaporto', 'come prenoto', 'appointment', 'how do i book'],
  why: [
    'non ricevo avvisi',
    'non arrivano avvisi',
    'perche non mi scrivi',
    'i get no alerts',
    'perche',
    'why',
  ],
  status: ['stato', 'novita', 'news', 'posti', 'places', 'ci sono posti'],
  settings: ['impostazioni', 'settings', 'preferenze', 'preferences', 'filtri', 'filters'],
  quiet: ['silenzio', 'ore di silenzio', 'notte', 'quiet', 'quiet hours', 'night'],
  lang: ['lingua', 'language'],
  'set-lang:en': ['inglese', 'english'],
  'set-lang:it': ['italiano', 'italian'],
  example: ['prova', 'test', 'avviso di prova', 'prova avviso', 'notifiche', 'notifications', 'test alert'],
  forget: ['cancellami', 'cancella tutto', 'delete my data', 'delete everything'],
  sport: ['sport', 'palestra', 'gym', 'corsi', 'corso', 'lezioni', 'lezione', 'classes', 'class'],
  'sp-new': ['prenota', 'book'],
  'sp-mine': ['prenotazioni', 'bookings'],
  'sp-weekly': ['periodiche', 'weekly'],
  'sp-schedule': ['orari', 'schedule', 'timetable'],
  'sp-actions': ['richieste', 'requests'],
  'sp-history': ['storico', 'history'],
  'sp-link': ['collega', 'link'],
  'sp-unlink': ['scollega', 'unlink'],
  service: ['stato admin', 'service'],
  'portal-sessions': ['sessioni', 'sessions'],
  letters: ['letters'],
}

/**
 * The labels of the bot's buttons, by the button that a typed label presses. The label of a button about one thing (a
 * province, a booking) leads to the list of such things, and the label of a confirmation to its question.
 */
const labels = ({
  common,
  passport,
  settings,
  alerts,
  filters,
  why,
  booked,
  early,
}: Texts): Record<string, readonly string[]> => ({
  home: [common.home, common.back, common.app, common.menuButton, common.forgetNo, common.cancel],
  help: [common.help],
  'help-commands': [common.allCommands],
  'how-to-book': [common.howToBook, passport.book],
  why: [common.whyNoAlert, why.open, alerts.falseAlarm],
  [`set-lang:${common.otherLanguage === textsIn('it').common.otherLanguage ? 'en' : 'it'}`]: [
    common.otherLanguage,
  ],
  forget: [common.deleteData, common.forgetYes],
  mine: [
    common.passport,
    passport.mine,
    passport.muteToday,
    passport.removeShort,
    passport.removeYes,
    passport.previous,
    passport.next,
  ],
  regions: [passport.add, passport.followFirst, passport.again],
  'drop-all': [passport.removeAll, passport.removeAllYes],
  status: [common.status, passport.refresh, passport.unmute, passport.statusOfProvinces],
  settings: [common.settings, passport.changeFilters, settings.turnOff],
  lang: [settings.language('')],
  quiet: [settings.quietOff, settings.quietModeSilent, settings.quietModeDigest('')],
  'type-quiet': [settings.quietType],
  offices: [settings.officesAll, settings.officesClear],
  before: [
    settings.beforeOff,
    settings.beforeDays(2),
    alerts.filterChange,
    alerts.filterRemove,
    filters.fromDay.off,
  ],
  'type-before': [settings.beforeType],
  weekdays: [
    filters.weekdays.all,
    filters.weekdays.working,
    filters.weekdays.weekend,
    filters.weekdays.every,
  ],
  'type-from-day': [filters.fromDay.type],
  booked: [booked.button],
  'day-places': [filters.dayPlaces.choose],
  'add-hours': [filters.hours.add],
  hours: [settings.hoursOff, settings.hoursMorning, settings.hoursAfternoon],
  'type-hours': [settings.hoursType],
  places: [settings.placesAny, filters.dayPlaces.atOneTime],
  early: [early.on],
  gone: [settings.goneOn],
  effect: [settings.effectOn],
  example: [settings.example],
})

/** The same for students. */
const sportLabels = ({ sport, sportMenu: texts }: Texts): Record<string, readonly string[]> => ({
  sport: [texts.home, texts.title],
  'sp-new': [
    texts.newBooking,
    texts.bookNow,
    texts.bookAtOpening,
    texts.addAlternative,
    texts.waitingList,
    texts.watchOff,
    texts.watchUntil(2),
    texts.bookCourse,
    sport.next.another,
    sport.next.first,
  ],
  'sp-days:c': [texts.courses],
  'sp-days:f': [texts.fitCenter, texts.bookFitCenter],
  'sp-mine': [
    texts.mine,
    texts.cancelBooking,
    texts.cancelYes,
    texts.calendarFile,
    sport.next.mine,
    sport.next.cancel,
  ],
  'sp-check': [texts.checkNow],
  'sp-feed': [texts.feed, texts.feedRevoke],
  'sp-feed-new': [texts.feedCreate],
  'sp-weekly': [
    texts.weekly,
    texts.pause,
    texts.resume,
    texts.skipNext,
    texts.skipUntil,
    texts.unskip,
    texts.remove,
    texts.removeYes,
    texts.weeks(1),
    texts.weeks(2),
  ],
  'sp-weekdays': [
    texts.weeklyNew,
    texts.makeWeekly,
    texts.bookThenConfirm,
    texts.askThenBook,
    texts.noConfirmation,
  ],
  ...Object.fromEntries(texts.weekdays.map((day, index) => [`sp-weekday:${index + 1}`, [day]])),
  'sp-ahead': [texts.ahead],
  'sp-schedule': [texts.schedule],
  'sp-actions': [texts.actions, sport.next.wait, sport.withdraw, texts.sportRequests],
  'sp-history': [texts.history],
  'sp-csv': [texts.csv],
  'sp-prefs': [
    texts.preferences,
    ...Object.values(texts.ticks),
    texts.askBefore(2),
    texts.answerBefore(2),
    texts.hours(2),
  ],
  'sp-try': [texts.dryRun],
  'sp-pause': [texts.pauseAll],
  'sp-resume': [texts.resumeAll],
  'sp-link': [
    texts.account,
    texts.link,
    texts.linkInPage,
    texts.linkTypeHere,
    texts.linkSession,
    texts.share,
    texts.shareYes,
    texts.shareNo,
    sport.next.link,
  ],
  'sp-link-chat': [texts.linkInChat, texts.linkHere],
  'sp-unlink': [texts.unlink, texts.unlinkYes],
})

/** The same for operators. */
const operatorLabels = ({ service, portalSessions }: Texts): Record<string, readonly string[]> => ({
  service: [service.seeService, service.dashboard],
  'portal-sessions': [service.seeSessions, portalSessions.remove(1), portalSessions.removeYes],
  'portal-pair': [portalSessions.pair],
  letters: [service.seeLetters, service.replay(1), service.drop(1), service.replayAll, service.dropYes],
  rekey: [service.resealedMore],
})

/** Words as they are compared: without accents, punctuation, emoji and figures, which differ from button to button. */
const plainly = (text: string): string => foldText(text.replace(/\p{N}+/gu, ' '))

const bothLanguages = (['it', 'en'] as const).map(textsIn)

/** Meanings by their plain words; of two meanings with the same words, the first one counts. */
function lookup<Meaning extends string>(
  ...tables: Record<Meaning, readonly string[]>[]
): Map<string, Meaning> {
  const entries = tables.flatMap((table) =>
    (Object.entries(table) as [Meaning, readonly string[]][]).flatMap(([meaning, texts]) =>
      texts.flatMap((text) => [plainly(text), plainly(topicOf(text))].map((key) => [key, meaning] as const)),
    ),
  )
  return new Map(entries.filter(([key]) => key !== '').reverse())
}

/** The part of a label before its value: "Dates" of "📅 Dates: all". */
const topicOf = (text: string): string => text.split(':')[0] ?? text

const answersByWords = lookup(answers)
const forAll = lookup(synonyms, ...bothLanguages.map(labels))
const forStudents = lookup(...bothLanguages.map(sportLabels))
const forOperators = lookup(...bothLanguages.map(operatorLabels))

/** Longer messages are no single word or phrase. */
const LONGEST = 80

const known = <Meaning>(table: ReadonlyMap<string, Meaning>, typed: string): Meaning | undefined =>
  typed.length > LONGEST ? undefined : (table.get(plainly(typed)) ?? table.get(plainly(topicOf(typed))))

/** The everyday answer that a message consists of. "Sì" is never a province, though `SI` is Siena's code. */
export const answerIn = (typed: string): Answer | undefined =>
  typed.length > LONGEST ? undefined : answersByWords.get(foldText(typed))

/**
 * The data of the button whose label, or another word for it, a message consists of; undefined when there is none.
 * Labels of features that the person may not use do not match, except `sport`.
 */
export function buttonIn(typed: string, who: { student: boolean; operator: boolean }): string | undefined {
  const found =
    (who.student ? known(forStudents, typed) : undefined) ??
    (who.operator ? known(forOperators, typed) : undefined) ??
    known(forAll, typed)
  if (found === undefined || (found.startsWith('sp-') && !who.student)) return undefined
  const [verb = '', ...args] = found.split(':')
  return buttonData(verb, ...args)
}

const commands: readonly [command: string, words: RegExp][] = [
  ['/segui', /^(?:segui|seguire|voglio seguire|follow|aggiungi|add)\s+(.{2,80})$/i],
  [
    '/smetti',
    /^(?:smetti di seguire|smetti|non seguire pi[ùu]|togli|rimuovi|unfollow|stop following|remove)\s+(.{2,80})$/i,
  ],
  ['/status', /^(?:n\.|status|richiesta|request)\s*(\d{1,15})$/i],
]

/** The command that a sentence without its slash means: "segui Torino". */
export function commandIn(typed: string): string | undefined {
  for (const [command, words] of commands) {
    const [, argument] = words.exec(typed.trim()) ?? []
    if (argument !== undefined) return `${command} ${argument}`
  }
  return undefined
}
