import { Hono } from 'hono'
import { readConfig } from '../../../platform/config.ts'
import { parsePaste } from '../../../platform/paste.ts'
import { costs } from '../../../sport/costs.ts'
import { isPassword, isUsername, otpKeyProblem } from '../../../sport/credentials.ts'
import { type QrResult, readQr } from '../../../sport/qr.ts'
import type { AccountView } from '../../../sport/student-types.ts'
import { dayAndTime } from '../../words.ts'
import { AppPage, Up } from '../app-page.tsx'
import { costly } from '../costly.tsx'
import type { FieldProblem } from '../field-problem.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { Credentials, PATH, PastedSession, type Typed } from './account-forms.tsx'
import {
  ask,
  Danger,
  isSure,
  refused,
  requestKey,
  SPORT,
  SportForm,
  showProgress,
  textsOf,
  unsure,
  withAnswer,
} from './sport-visit.tsx'

/** The fields of the first form; a problem with one of them unfolds it. */
const CREDENTIALS: ReadonlySet<string> = new Set(['username', 'password', 'otpauth', 'qr'])

const State = ({ visit, account }: { visit: Visit; account: AccountView }) => {
  const { appSport, sport } = textsOf(visit)
  const { account: t } = appSport
  const problems: Record<string, string> = sport.reasons
  return (
    <div class="group stack">
      <p>
        <b>{t.states[account.state]}</b>
      </p>
      {account.problem && <p>{problems[account.problem]}</p>}
      {account.means && <p class="soft">{t.means[account.means]}</p>}
      {account.sessionSeenAt !== null && (
        <p class="soft">{t.seen(dayAndTime(visit.site.language, account.sessionSeenAt))}</p>
      )}
      {account.state === 'linked' && (
        <SportForm visit={visit} action={PATH} class="actions">
          <button type="submit" name="do" value="try" class="quiet">
            {t.try}
          </button>
        </SportForm>
      )}
    </div>
  )
}

/** Whether the account reads the schedule for everybody, and the button that changes it. */
const Sharing = ({ visit, shares }: { visit: Visit; shares: boolean }) => {
  const { account: t } = textsOf(visit).appSport
  return (
    <div class="group stack">
      <h2>{t.shareHeading}</h2>
      <p class="soft">{shares ? t.shareOn : t.shareOff}</p>
      <SportForm visit={visit} action={PATH} class="actions">
        <button type="submit" name="do" value={shares ? 'keep' : 'share'} class="quiet">
          {shares ? t.shareNo : t.shareYes}
        </button>
      </SportForm>
    </div>
  )
}

const AccountPage = ({
  visit,
  account,
  typed = { username: '' },
  problem,
  notice,
}: {
  visit: Visit
  account: AccountView
  typed?: Typed | undefined
  problem?: FieldProblem | undefined
  notice?: string | undefined
}) => {
  const { appSport } = textsOf(visit)
  const { account: t } = appSport
  const working = account.state === 'linked' || account.state === 'trying'
  const asksToShare = account.sharesSchedule === null
  return (
    <AppPage visit={visit} title={t.title} notice={notice} scripts={['page-visit.js', 'page-account.js']}>
      {account.state !== 'none' && <Up href={SPORT}>{appSport.title}</Up>}
      <h1>{account.state === 'none' ? t.heading : t.title}</h1>
      {account.state === 'none' ? <p>{t.why}</p> : <State visit={visit} account={account} />}
      {working ? (
        <details class="group fold" open={problem !== undefined && CREDENTIALS.has(problem.field)}>
          <summary>{t.replace}</summary>
          <Credentials visit={visit} typed={typed} relink asksToShare={asksToShare} problem={problem} />
        </details>
      ) : (
        <div class="group">
          <Credentials
            visit={visit}
            typed={typed}
            relink={account.state !== 'none'}
            asksToShare={asksToShare}
            problem={problem}
          />
        </div>
      )}
      <PastedSession visit={visit} asksToShare={asksToShare} problem={problem} />
      {account.state !== 'none' && <Sharing visit={visit} shares={account.sharesSchedule === true} />}
      {account.state !== 'none' && (
        <Danger
          visit={visit}
          action={PATH}
          verb="unlink"
          heading={t.unlinkHeading}
          text={t.unlinkText}
          sure={t.unlinkSure}
          button={t.unlink}
          problem={problem}
        />
      )}
    </AppPage>
  )
}

const show = (c: AppContext, said: { problem?: FieldProblem; typed?: Typed } = {}): Promise<Response> =>
  withAnswer(
    c,
    (student) => student.account(),
    (account) => {
      const visit = c.get('visit')
      const { unlinked } = textsOf(visit).appSport.account
      const notice = c.req.query('done') === 'unlinked' && !said.problem ? unlinked : undefined
      return c.html(
        <AccountPage visit={visit} account={account} notice={notice} {...said} />,
        said.problem === undefined ? 200 : 422,
      )
    },
  )

/** The one-time-password key: typed, or read from a picture of its QR code; empty: neither was given. */
async function otpauthIn(form: FormData): Promise<QrResult> {
  const typed = form.get('otpauth')
  const picture = form.get('qr')
  if (typeof typed === 'string' && typed.trim() !== '') return { ok: true, text: typed.trim() }
  if (!picture || typeof picture === 'string' || picture.size === 0) return { ok: true, text: '' }
  return readQr(new Uint8Array(await picture.arrayBuffer()))
}

/** Tries the credentials at once. They go from the form to the person's own object, and nowhere else. */
async function link(c: AppContext): Promise<Response> {
  const { appSport, sportMenu } = textsOf(c.get('visit'))
  const { account: t } = appSport
  const form = c.get('form')
  const username = String(form.get('username') ?? '').trim()
  const password = String(form.get('password') ?? '')
  const again = (field: string, text: string) =>
    show(c, { problem: { field, text }, typed: { username: username.slice(0, 200) } })
  if (!isUsername(username)) return again('username', t.usernameWrong)
  if (!isPassword(password)) return again('password', t.passwordWrong)
  const key = await otpauthIn(form)
  if (!key.ok) return again('qr', sportMenu.otpProblems[key.problem])
  const otpauth = key.text
  const wrong = otpKeyProblem(otpauth)
  if (wrong) return again('otpauth', wrong === 'empty' ? t.otpEmpty : sportMenu.otpProblems[wrong])
  return withAnswer(
    c,
    (student) => student.link(requestKey(form), { username, password, otpauth }),
    shareAndShowProgress(c),
  )
}

/** After something was handed in: agrees to share the schedule if the box is ticked. */
const shareAndShowProgress =
  (c: AppContext) =>
  async (accepted: { actionId: number }): Promise<Response> => {
    if (c.get('form').get('share') === 'yes') await ask(c, (student) => student.shareSchedule(true))
    return showProgress(c)(accepted)
  }

const share = (c: AppContext, agreed: boolean): Promise<Response> =>
  withAnswer(
    c,
    (student) => student.shareSchedule(agreed),
    () => c.redirect(PATH, 303),
  )

async function useSession(c: AppContext): Promise<Response> {
  const form = c.get('form')
  const { SPORTRICK_BASE } = readConfig(c.env, ['SPORTRICK_BASE'])
  const { cookies } = parsePaste(String(form.get('session') ?? ''), SPORTRICK_BASE)
  if (Object.keys(cookies).length === 0)
    return show(c, {
      problem: { field: 'session', text: textsOf(c.get('visit')).appSport.account.sessionWrong },
    })
  return withAnswer(c, (student) => student.linkSession(requestKey(form), cookies), shareAndShowProgress(c))
}

async function unlink(c: AppContext): Promise<Response> {
  const form = c.get('form')
  if (!isSure(form)) return show(c, { problem: unsure(c.get('visit')) })
  return withAnswer(
    c,
    (student) => student.unlink(requestKey(form)),
    () => c.redirect(`${PATH}?done=unlinked`, 303),
  )
}

/** Linking the account, trying it, unlinking it. */
export const accountPage = new Hono<AppTypes>()
  .get(PATH, (c) => show(c))
  .post(PATH, (c) => {
    const form = c.get('form')
    switch (form.get('do')) {
      case 'link':
        return costly(c, costs.link, () => link(c))
      case 'session':
        return costly(c, costs.link, () => useSession(c))
      case 'try':
        return costly(c, costs.try, () =>
          withAnswer(c, (student) => student.dryRun(requestKey(form)), showProgress(c)),
        )
      case 'share':
        return share(c, true)
      case 'keep':
        return share(c, false)
      case 'unlink':
        return unlink(c)
      default:
        return refused(c, 'invalid')
    }
  })
