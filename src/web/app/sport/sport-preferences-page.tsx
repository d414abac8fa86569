import { Hono } from 'hono'
import { confirmChoices, deadlineChoices } from '../../../sport/question-times.ts'
import type { Preferences } from '../../../sport/student-types.ts'
import { AppPage, Up } from '../app-page.tsx'
import { type FieldProblem, marked, ProblemText } from '../field-problem.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { ask, refused, SPORT, SportForm, textsOf, withAnswer } from './sport-visit.tsx'

const PATH = `${SPORT}/avvisi`

const ticks = ['tellSuccess', 'tellPrecheck', 'tellChanges', 'quiet'] as const

const choices = { confirmHours: confirmChoices, deadlineHours: deadlineChoices } as const
const numbers = ['confirmHours', 'deadlineHours'] as const

const PreferencesPage = ({
  visit,
  shown,
  notice,
  problem,
}: {
  visit: Visit
  shown: Preferences
  notice?: string | undefined
  problem?: FieldProblem | undefined
}) => {
  const { preferences: t, title } = textsOf(visit).appSport
  return (
    <AppPage visit={visit} title={t.title} notice={notice}>
      <Up href={SPORT}>{title}</Up>
      <h1>{t.title}</h1>
      <SportForm visit={visit} action={PATH} class="settings">
        <fieldset>
          <legend>{t.tell}</legend>
          {ticks.map((name) => (
            <label class="check">
              <input type="checkbox" name={name} checked={shown[name]} />
              <span>{t.ticks[name]}</span>
            </label>
          ))}
        </fieldset>
        <fieldset>
          <legend>{t.confirm}</legend>
          {numbers.map((name) => (
            <label>
              {t[name]}
              <select name={name} {...marked(problem, name)}>
                {[...new Set([...choices[name], shown[name]])]
                  .sort((a, b) => a - b)
                  .map((hours) => (
                    <option value={hours} selected={hours === shown[name]}>
                      {t.before(hours)}
                    </option>
                  ))}
              </select>
              <ProblemText problem={problem} field={name} />
            </label>
          ))}
        </fieldset>
        <button type="submit">{visit.texts.preferences.save}</button>
      </SportForm>
    </AppPage>
  )
}

async function save(c: AppContext): Promise<Response> {
  const visit = c.get('visit')
  const form = c.get('form')
  const known = await ask(c, (student) => student.preferences())
  if (!known.ok) return refused(c, known.refusal)
  const typed = { ...known.value }
  for (const name of ticks) typed[name] = form.has(name)
  for (const name of numbers) typed[name] = Number(form.get(name) ?? typed[name])
  const saved = await ask(c, (student) => student.setPreferences(typed))
  if (saved.ok) return c.redirect(`${PATH}?done=saved`, 303)
  if (saved.refusal !== 'invalid') return refused(c, saved.refusal)
  const { hoursWrong } = textsOf(visit).appSport.preferences
  return c.html(
    <PreferencesPage visit={visit} shown={typed} problem={{ field: 'confirmHours', text: hoursWrong }} />,
    422,
  )
}

/** Which notifications the object sends, and how early it asks. */
export const sportPreferencesPage = new Hono<AppTypes>()
  .get(PATH, (c) =>
    withAnswer(
      c,
      (student) => student.preferences(),
      (shown) => {
        const visit = c.get('visit')
        const notice = c.req.query('done') ? visit.texts.saved : undefined
        return c.html(<PreferencesPage visit={visit} shown={shown} notice={notice} />)
      },
    ),
  )
  .post(PATH, save)
