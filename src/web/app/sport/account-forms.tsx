import { assetPath } from '../../assets.ts'
import { type FieldProblem, marked, ProblemText } from '../field-problem.tsx'
import type { Visit } from '../visit.ts'
import { SPORT, SportForm, textsOf } from './sport-visit.tsx'

/** The path of the account's page, which handles these forms. */
export const PATH = `${SPORT}/account`

/** The fields that stay filled in when the form is wrong: never the password or the key. */
export interface Typed {
  username: string
}

/** Turns off autocorrection on phones and wrong suggestions of password managers. */
const exact = { autocapitalize: 'off', autocorrect: 'off', spellcheck: false } as const

/** Asked while linking, and never ticked beforehand. */
const ShareTick = ({ text }: { text: string }) => (
  <label class="check">
    <input type="checkbox" name="share" value="yes" />
    <span>{text}</span>
  </label>
)

/** The form for person code, password and one-time-password key. */
export const Credentials = ({
  visit,
  typed,
  relink,
  asksToShare,
  problem,
}: {
  visit: Visit
  typed: Typed
  relink: boolean
  asksToShare: boolean
  problem: FieldProblem | undefined
}) => {
  const { appSport, sportMenu } = textsOf(visit)
  const { account: t } = appSport
  return (
    <SportForm visit={visit} action={PATH} class="stack" enctype="multipart/form-data">
      <p class="soft">{t.whose(visit.session.name)}</p>
      <label>
        {t.username}
        <input
          name="username"
          autocomplete="username"
          inputmode="numeric"
          value={typed.username}
          maxlength={200}
          required
          {...exact}
          {...marked(problem, 'username')}
        />
        <ProblemText problem={problem} field="username" />
      </label>
      <label>
        {t.password}
        <input
          name="password"
          type="password"
          autocomplete="current-password"
          maxlength={200}
          required
          {...marked(problem, 'password')}
        />
        <ProblemText problem={problem} field="password" />
      </label>
      <label>
        {t.otp}
        <input
          name="otpauth"
          type="password"
          autocomplete="off"
          maxlength={1000}
          {...exact}
          {...marked(problem, 'otpauth')}
        />
        <ProblemText problem={problem} field="otpauth" />
        <span class="soft">{t.otpHint}</span>
      </label>
      <label>
        {t.qr}
        <input
          name="qr"
          type="file"
          accept="image/*"
          data-reader={assetPath('page-qr.js')}
          data-found={t.qrFound}
          data-missing={sportMenu.otpProblems['no-code']}
          {...marked(problem, 'qr')}
        />
        <ProblemText problem={problem} field="qr" />
        <span class="soft" role="status" data-qr-status></span>
      </label>
      {asksToShare && <ShareTick text={t.share} />}
      <button type="submit" name="do" value="link">
        {relink ? t.relink : t.link}
      </button>
    </SportForm>
  )
}

/** The form for a session copied from a browser. */
export const PastedSession = ({
  visit,
  asksToShare,
  problem,
}: {
  visit: Visit
  asksToShare: boolean
  problem: FieldProblem | undefined
}) => {
  const { account: t } = textsOf(visit).appSport
  return (
    <details class="group fold" open={problem?.field === 'session'}>
      <summary>{t.sessionHeading}</summary>
      <SportForm visit={visit} action={PATH} class="stack">
        <p class="soft">{t.sessionText}</p>
        <p class="soft">{t.whose(visit.session.name)}</p>
        <label>
          {t.session}
          <textarea
            name="session"
            rows={4}
            maxlength={32_000}
            autocomplete="off"
            required
            {...exact}
            {...marked(problem, 'session')}
          />
          <ProblemText problem={problem} field="session" />
        </label>
        {asksToShare && <ShareTick text={t.share} />}
        <button type="submit" name="do" value="session">
          {t.useSession}
        </button>
      </SportForm>
    </details>
  )
}
