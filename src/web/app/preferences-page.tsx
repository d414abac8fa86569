import { Hono } from 'hono'
import type { Chat } from '../../chats/chat-row.ts'
import { transact } from '../../db/database.ts'
import type { OutboundNudge } from '../../delivery/outbox.ts'
import { enqueue } from '../../delivery/outbox.ts'
import { exampleAlert, exampleAnnounced } from '../../passport/alerts/example-alert.ts'
import { filterExpired } from '../../passport/follow/expired-filters.ts'
import { checkPreferences, savePreferences } from '../../passport/follow/preferences-patch.ts'
import { describeError, log } from '../../platform/log.ts'
import { addDays, romeDate } from '../../platform/time.ts'
import { textsIn } from '../../texts/index.ts'
import { AppPage, Form } from './app-page.tsx'
import { type FieldProblem, marked, ProblemText } from './field-problem.tsx'
import { type AppContext, type AppTypes, type Visit, welcome } from './visit.ts'

const PATH = '/app/preferenze'
const EXAMPLE = `${PATH}/prova`

type Shown = Pick<
  Chat,
  | 'onlyBefore'
  | 'onlyFrom'
  | 'onlyTo'
  | 'minPlaces'
  | 'quietFrom'
  | 'quietTo'
  | 'quietMode'
  | 'tellGone'
  | 'language'
>

const Hours = ({
  visit,
  names,
  values,
  problem,
}: {
  visit: Visit
  problem: FieldProblem | undefined
  names: [from: string, to: string]
  values: [from: string | null, to: string | null]
}) => {
  const t = visit.texts.preferences
  return (
    <div class="hours">
      {([t.from, t.to] as const).map((label, i) => (
        <label>
          {label}
          <input type="time" name={names[i]} value={values[i] ?? ''} {...marked(problem, names[i] ?? '')} />
        </label>
      ))}
      {names.map((name) => (
        <ProblemText problem={problem} field={name} />
      ))}
    </div>
  )
}

const PreferencesForm = ({
  visit,
  shown,
  problem,
}: {
  visit: Visit
  shown: Shown
  problem?: FieldProblem
}) => {
  const t = visit.texts.preferences
  const today = romeDate(visit.site.now)
  // A browser does not submit a day before `min`: so leave the field empty, and saving removes the filter.
  const expired = filterExpired(shown, today)
  return (
    <Form visit={visit} action={PATH} class="settings">
      <fieldset>
        <legend>{t.filters}</legend>
        <p class="soft">{t.empty}</p>
        {expired && (
          <p role="note">
            {t.beforeExpired(textsIn(visit.site.language).dates.full(String(shown.onlyBefore)))}
          </p>
        )}
        <label>
          {t.before}
          <input
            type="date"
            name="onlyBefore"
            value={expired ? '' : (shown.onlyBefore ?? '')}
            min={addDays(today, 1)}
            {...marked(problem, 'onlyBefore')}
          />
          <ProblemText problem={problem} field="onlyBefore" />
        </label>
        <fieldset class="plain">
          <legend>{t.hours}</legend>
          <Hours
            visit={visit}
            names={['onlyFrom', 'onlyTo']}
            values={[shown.onlyFrom, shown.onlyTo]}
            problem={problem}
          />
        </fieldset>
        <label>
          {t.places}
          <input
            type="number"
            name="minPlaces"
            min={1}
            max={99}
            value={Number.isNaN(shown.minPlaces) ? '' : shown.minPlaces}
            inputmode="numeric"
            required
            {...marked(problem, 'minPlaces')}
          />
          <ProblemText problem={problem} field="minPlaces" />
        </label>
        <p class="soft">{t.placesHint}</p>
      </fieldset>
      <fieldset>
        <legend>{t.quiet}</legend>
        <p class="soft">{t.quietHint}</p>
        <Hours
          visit={visit}
          names={['quietFrom', 'quietTo']}
          values={[shown.quietFrom, shown.quietTo]}
          problem={problem}
        />
        <fieldset class="plain">
          <legend>{t.quietMode}</legend>
          {(['silent', 'digest'] as const).map((mode) => (
            <label class="check">
              <input type="radio" name="quietMode" value={mode} checked={shown.quietMode === mode} />
              <span>{t[mode]}</span>
            </label>
          ))}
        </fieldset>
      </fieldset>
      <fieldset>
        <legend>{t.messages}</legend>
        <label class="check">
          <input type="checkbox" name="tellGone" checked={shown.tellGone} />
          <span>{t.tellGone}</span>
        </label>
        <label>
          {t.language}
          <select name="language">
            {(['it', 'en'] as const).map((language) => (
              <option value={language} lang={language} selected={shown.language === language}>
                {textsIn(language).settings.languageName}
              </option>
            ))}
          </select>
        </label>
      </fieldset>
      <button type="submit">{t.save}</button>
    </Form>
  )
}

const Example = ({ visit }: { visit: Visit }) => {
  const { texts, site } = visit
  return (
    <section aria-labelledby="example">
      <h2 id="example">{texts.preferences.exampleHeading}</h2>
      <p class="soft">{texts.preferences.exampleText}</p>
      <Form visit={visit} action={EXAMPLE} class="actions">
        <button type="submit" class="quiet">
          {textsIn(site.language).settings.example}
        </button>
      </Form>
    </section>
  )
}

/** Sends an example of an alert to the chat. */
async function sendExample(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const { chat, follows, db, site, trace } = visit
  const { now } = site
  await transact(db, [...welcome(visit), enqueue([exampleAlert(chat, follows, { now, trace })], now)])
  const nudge: OutboundNudge = { version: 1, trace }
  c.executionCtx.waitUntil(
    c.env.OUTBOUND.send(nudge).catch((error) =>
      log('warn', 'background-work-failed', { what: 'nudge-sender', error: describeError(error), trace }),
    ),
  )
  return c.redirect(`${PATH}?done=example`, 303)
}

/** The result of the last form, from the address. */
const noticeOf = ({ texts, site, chat }: Visit, done: string | undefined): string | undefined =>
  done === 'example' ? exampleAnnounced(textsIn(site.language), chat, site.now) : done && texts.saved

/** The form as typed: an empty field is no filter. */
function readForm(form: FormData): Record<keyof Shown, unknown> {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const orNull = (name: string) => text(name) || null
  return {
    onlyBefore: orNull('onlyBefore'),
    // Some browsers add seconds.
    onlyFrom: orNull('onlyFrom')?.slice(0, 5) ?? null,
    onlyTo: orNull('onlyTo')?.slice(0, 5) ?? null,
    minPlaces: Number(text('minPlaces') || 1),
    quietFrom: orNull('quietFrom')?.slice(0, 5) ?? null,
    quietTo: orNull('quietTo')?.slice(0, 5) ?? null,
    quietMode: text('quietMode') || 'silent',
    tellGone: form.has('tellGone'),
    language: text('language'),
  }
}

/** The changed fields: an expired date limit that did not change does not block the others. */
const changesOf = (chat: Chat, typed: Record<keyof Shown, unknown>) =>
  Object.fromEntries(Object.entries(typed).filter(([name, value]) => chat[name as keyof Shown] !== value))

/** The fields at which a problem can be said; of others only a made-up form has any. */
const FIELDS: ReadonlySet<string> = new Set([
  'onlyBefore',
  'onlyFrom',
  'onlyTo',
  'minPlaces',
  'quietFrom',
  'quietTo',
])

const problemText = ({ texts }: Visit, preference: string): string => {
  const { problems } = texts.preferences
  return preference in problems ? problems[preference as keyof typeof problems] : problems.other
}

/** Filters, quiet hours, language. */
export const preferencesPage = new Hono<AppTypes>()
  .get(PATH, (c) => {
    const visit = c.get('visit')
    const { title } = visit.texts.preferences
    return c.html(
      <AppPage visit={visit} title={title} notice={noticeOf(visit, c.req.query('done'))}>
        <h1>{title}</h1>
        <PreferencesForm visit={visit} shown={visit.chat} />
        <Example visit={visit} />
      </AppPage>,
    )
  })
  .post(EXAMPLE, sendExample)
  .post(PATH, async (c) => {
    const visit = c.get('visit')
    const { chat, db, site } = visit
    const typed = readForm(c.get('form'))
    const checked = checkPreferences(chat, changesOf(chat, typed), site.now)
    if (checked.ok) {
      await transact(db, savePreferences(db, chat, checked.patch, site.now))
      return c.redirect(`${PATH}?done=saved`, 303)
    }
    const { title } = visit.texts.preferences
    const { preference } = checked.problem
    const text = problemText(visit, preference)
    return c.html(
      <AppPage visit={visit} title={title} problem={FIELDS.has(preference) ? undefined : text}>
        <h1>{title}</h1>
        <PreferencesForm visit={visit} shown={typed as Shown} problem={{ field: preference, text }} />
      </AppPage>,
      422,
    )
  })
