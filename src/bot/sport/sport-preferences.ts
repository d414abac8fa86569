import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import { confirmChoices, deadlineChoices } from '../../sport/question-times.ts'
import type { Preferences } from '../../sport/student-types.ts'
import { pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { ask } from './own-student.ts'
import { page, showRefusal, withAnswer } from './sport-screen.ts'

/** What can be ticked, by its name in the button. */
const ticks = {
  success: 'tellSuccess',
  precheck: 'tellPrecheck',
  changes: 'tellChanges',
  quiet: 'quiet',
} as const satisfies Record<string, keyof Preferences>
type Tick = keyof typeof ticks
const isTick = (name: string): name is Tick => Object.hasOwn(ticks, name)

const view = (ctx: BotContext, preferences: Preferences, note?: string): Promise<void> => {
  const { sportMenu: texts } = ctx.texts
  const tick = (name: Tick) => {
    const on = preferences[ticks[name]]
    return [button(`${on ? '✅' : '▫️'} ${texts.ticks[name]}`, 'sp-pref', name, on ? 0 : 1)]
  }
  return page(ctx, lines(note ?? null, texts.preferencesTitle), [
    tick('success'),
    tick('precheck'),
    tick('changes'),
    tick('quiet'),
    [button(texts.askBefore(preferences.confirmHours), 'sp-pref-ask')],
    [button(texts.answerBefore(preferences.deadlineHours), 'sp-pref-end')],
  ])
}

const show = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.preferences(),
    (preferences) => view(ctx, preferences),
  )

/** Changes one preference, then shows them all; invalid combinations are refused. */
async function change(ctx: BotContext, patch: Partial<Preferences>): Promise<void> {
  const { sportMenu: texts } = ctx.texts
  const changed = await ask(ctx, (student) => student.setPreferences(patch))
  if (changed.ok) return view(ctx, changed.value, texts.saved)
  if (changed.refusal === 'invalid') return page(ctx, texts.hoursWrong, [], ['sp-prefs'])
  await showRefusal(ctx, changed.refusal)
}

const toggle = (ctx: BotContext): Promise<void> => {
  const [name = '', value] = ctx.args
  if (!isTick(name) || (value !== '0' && value !== '1')) return show(ctx)
  return change(ctx, { [ticks[name]]: value === '1' })
}

const choose =
  (verb: string, question: (ctx: BotContext) => string, choices: readonly number[]) =>
  (ctx: BotContext): Promise<void> => {
    const buttons = choices.map((hours) => button(ctx.texts.sportMenu.hours(hours), verb, hours))
    return page(ctx, question(ctx), [buttons], ['sp-prefs'])
  }

const set =
  (key: 'confirmHours' | 'deadlineHours', choices: readonly number[]) =>
  (ctx: BotContext): Promise<void> => {
    const hours = Number(ctx.args[0])
    return choices.includes(hours) ? change(ctx, { [key]: hours }) : show(ctx)
  }

/** *Preferenze*: which notifications, and how early a booking is asked about. */
export const preferences = new Composer<BotContext>()
preferences.callbackQuery(pressed('sp-prefs'), show)
preferences.callbackQuery(pressed('sp-pref'), toggle)
preferences.callbackQuery(
  pressed('sp-pref-ask'),
  choose('sp-set-ask', ({ texts }) => texts.sportMenu.askBeforeAsk, confirmChoices),
)
preferences.callbackQuery(
  pressed('sp-pref-end'),
  choose('sp-set-end', ({ texts }) => texts.sportMenu.answerBeforeAsk, deadlineChoices),
)
preferences.callbackQuery(pressed('sp-set-ask'), set('confirmHours', confirmChoices))
preferences.callbackQuery(pressed('sp-set-end'), set('deadlineHours', deadlineChoices))
