import { FormattedString } from '@grammyjs/parse-mode'
import { Composer } from 'grammy'
import { button } from '../../delivery/button-data.ts'
import { lines } from '../../delivery/message.ts'
import type { AccountView } from '../../sport/student-types.ts'
import { homeButton, pressed } from '../buttons.ts'
import type { BotContext } from '../context.ts'
import { ask, requestKey, type StudentStub } from './own-student.ts'
import { showRefusal, withAnswer } from './sport-screen.ts'

/** The menu for this account, with an optional note above it. */
function view(ctx: BotContext, account: AccountView, note?: string) {
  const { sportMenu: texts } = ctx.texts
  const linked = account.state !== 'none'
  return ctx.view(
    lines(
      note ?? null,
      FormattedString.bold(texts.title),
      texts.accounts[account.state],
      account.paused && texts.allPaused,
    ),
    [
      ...(linked
        ? [
            [button(texts.newBooking, 'sp-new')],
            [button(texts.mine, 'sp-mine'), button(texts.weekly, 'sp-weekly')],
          ]
        : [[button(texts.link, 'sp-link')]]),
      [button(texts.schedule, 'sp-schedule'), button(texts.actions, 'sp-actions')],
      ...(linked
        ? [
            [button(texts.history, 'sp-history'), button(texts.preferences, 'sp-prefs')],
            [
              button(texts.dryRun, 'sp-try'),
              account.paused ? button(texts.resumeAll, 'sp-resume') : button(texts.pauseAll, 'sp-pause'),
            ],
            [button(texts.account, 'sp-link')],
          ]
        : []),
      [homeButton(ctx)],
    ],
  )
}

/** Shows the sport menu. */
export const showSportMenu = (ctx: BotContext): Promise<void> =>
  withAnswer(
    ctx,
    (student) => student.account(),
    (account) => ctx.show(view(ctx, account)),
  )

/** Pauses or resumes everything, then shows the menu. */
const switching =
  (
    change: (student: StudentStub, key: string) => ReturnType<StudentStub['pauseAll']>,
    note: (ctx: BotContext) => string,
  ) =>
  async (ctx: BotContext): Promise<void> => {
    const changed = await ask(ctx, (student) => change(student, requestKey(ctx)))
    if (!changed.ok) return showRefusal(ctx, changed.refusal)
    await withAnswer(
      ctx,
      (student) => student.account(),
      (account) => ctx.show(view(ctx, account, note(ctx))),
    )
  }

const pause = switching(
  (student, key) => student.pauseAll(key),
  (ctx) => ctx.texts.sportMenu.pausedAllNote,
)
const resume = switching(
  (student, key) => student.resumeAll(key),
  (ctx) => ctx.texts.sportMenu.resumedAllNote,
)

/** The menu "Sport", and pausing everything. */
export const sportMenu = new Composer<BotContext>()
sportMenu.command('sport', showSportMenu)
sportMenu.command(['pausa', 'pause'], pause)
sportMenu.command(['riprendi', 'resume'], resume)
sportMenu.callbackQuery(pressed('sport'), showSportMenu)
sportMenu.callbackQuery(pressed('sp-pause'), pause)
sportMenu.callbackQuery(pressed('sp-resume'), resume)
