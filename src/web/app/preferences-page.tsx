import { Hono } from 'hono'
import type { Chat } from '../../chats/chat-row.ts'
import { transact } from '../../db/database.ts'
import type { OutboundNudge } from '../../delivery/outbox.ts'
import { exampleAnnounced, sendExample } from '../../passport/alerts/example-alert.ts'
import { checkPreferences, savePreferences } from '../../passport/follow/preferences-patch.ts'
import type { SlotFilter } from '../../passport/follow/slot-filter.ts'
import { previewWords, readPreview } from '../../passport/history/preview.ts'
import { describeError, log } from '../../platform/log.ts'
import { textsIn } from '../../texts/index.ts'
import { AppPage, Form } from './app-page.tsx'
import type { FieldProblem } from './field-problem.tsx'
import { Filters, Hours, readFilters, type ShownFilters, shownFilters } from './filters-form.tsx'
import { type AppContext, type AppTypes, type Visit, welcome } from './visit.ts'

const PATH = '/app/preferenze'
const EXAMPLE = `${PATH}/prova`

/** The form's content. */
interface Shown
  extends ShownFilters,
    Pick<
      Chat,
      'quietFrom' | 'quietTo' | 'quietMode' | 'tellGone' | 'alertEffect' | 'earlyNotice' | 'language'
    > {}

const shownOf = (chat: Chat): Shown => ({ ...chat, ...shownFilters(chat) })

const PreferencesForm = ({
  visit,
  shown,
  problem,
  preview,
}: {
  visit: Visit
  shown: Shown
  problem?: FieldProblem
  preview: string | null
}) => {
  const t = visit.texts.preferences
  return (
    <Form visit={visit} action={PATH} class="settings">
      <Filters visit={visit} shown={shown} problem={problem} preview={preview} />
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
          <input type="checkbox" name="earlyNotice" checked={shown.earlyNotice} />
          <span>{textsIn(visit.site.language).early.tick}</span>
        </label>
        {/* A notification is neither edited nor animated. */}
        {visit.chat.kind !== 'browser' && (
          <>
            <label class="check">
              <input type="checkbox" name="tellGone" checked={shown.tellGone} />
              <span>{t.tellGone}</span>
            </label>
            <label class="check">
              <input type="checkbox" name="alertEffect" checked={shown.alertEffect} />
              <span>{t.alertEffect}</span>
            </label>
          </>
        )}
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
      {/* After the button that saves: Enter presses the first one. */}
      {visit.follows.length > 0 && (
        <button type="submit" name="do" value="preview" class="quiet">
          {t.preview}
        </button>
      )}
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
async function showExample(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const { chat, follows, db, site, trace } = visit
  const { now } = site
  await transact(db, [...welcome(visit), sendExample(chat, follows, { now, trace })])
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

/** The form as it is shown again, and as it is stored. */
function readForm(form: FormData): { shown: Shown; stored: Record<string, unknown> } {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  // Some browsers add seconds.
  const timeOrNull = (name: string) => text(name).slice(0, 5) || null
  const filters = readFilters(form)
  const others = {
    quietFrom: timeOrNull('quietFrom'),
    quietTo: timeOrNull('quietTo'),
    quietMode: (text('quietMode') || 'silent') as Shown['quietMode'],
    tellGone: form.has('tellGone'),
    alertEffect: form.has('alertEffect'),
    earlyNotice: form.has('earlyNotice'),
    language: text('language') as Shown['language'],
  }
  return { shown: { ...filters.shown, ...others }, stored: { ...filters.stored, ...others } }
}

/** The changed fields: an expired date limit that did not change does not block the others. */
const changesOf = (chat: Chat, typed: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(typed).filter(
      ([name, value]) => JSON.stringify(chat[name as keyof Chat]) !== JSON.stringify(value),
    ),
  )

/** How many alerts filters would have let through; null for a chat that follows nothing. */
const previewLine = async ({ db, follows, site }: Visit, filter: SlotFilter): Promise<string | null> =>
  previewWords(textsIn(site.language), await readPreview(db, filter, follows, site.now))

/** The fields at which a problem can be said; of others only a made-up form has any. */
const FIELDS: ReadonlySet<string> = new Set([
  'onlyFromDay',
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

/** The page with the form. */
const Preferences = ({
  visit,
  shown,
  problem,
  preview,
  notice,
}: {
  visit: Visit
  shown: Shown
  problem?: FieldProblem
  preview: string | null
  notice?: string | undefined
}) => {
  const { title } = visit.texts.preferences
  const isAtField = problem && FIELDS.has(problem.field)
  return (
    <AppPage visit={visit} title={title} notice={notice} problem={isAtField ? undefined : problem?.text}>
      <h1>{title}</h1>
      <PreferencesForm visit={visit} shown={shown} preview={preview} {...(problem && { problem })} />
      <Example visit={visit} />
    </AppPage>
  )
}

/** Filters, quiet hours, language. */
export const preferencesPage = new Hono<AppTypes>()
  .get(PATH, async (c) => {
    const visit = c.get('visit')
    const { chat } = visit
    const preview = await previewLine(visit, chat)
    const notice = noticeOf(visit, c.req.query('done'))
    return c.html(<Preferences visit={visit} shown={shownOf(chat)} preview={preview} notice={notice} />)
  })
  .post(EXAMPLE, showExample)
  .post(PATH, async (c) => {
    const visit = c.get('visit')
    const { chat, db, site } = visit
    const form = c.get('form')
    const { shown, stored } = readForm(form)
    const checked = checkPreferences(chat, changesOf(chat, stored), site.now)
    if (!checked.ok) {
      const { preference } = checked.problem
      const field = preference === 'minDayPlaces' ? 'minPlaces' : preference
      const problem = { field, text: problemText(visit, field) }
      return c.html(<Preferences visit={visit} shown={shown} preview={null} problem={problem} />, 422)
    }
    if (form.get('do') === 'preview') {
      const preview = await previewLine(visit, { ...chat, ...checked.patch })
      return c.html(
        <Preferences
          visit={visit}
          shown={shown}
          preview={preview}
          notice={visit.texts.preferences.unsaved}
        />,
      )
    }
    await transact(db, savePreferences(db, chat, checked.patch, site.now))
    return c.redirect(`${PATH}?done=saved`, 303)
  })
