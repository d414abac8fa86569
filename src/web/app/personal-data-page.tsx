import { eq } from 'drizzle-orm'
import { Hono } from 'hono'
import { forgetChat, forgetMessages, LOOK_THROUGH_COST, readPersonalData } from '../../chats/chat-data.ts'
import { transact } from '../../db/database.ts'
import { students } from '../../db/schema/sport.ts'
import { forgetSessionsOf, sessionsOf } from '../../passport/sessions/session-store.ts'
import { eraseLater } from '../../sport/erasures.ts'
import { askStudent, readSportData } from '../../sport/student/ask-student.ts'
import { AppPage, Form } from './app-page.tsx'
import { closeSession } from './app-session.ts'
import { costly } from './costly.tsx'
import { type FieldProblem, marked, ProblemText } from './field-problem.tsx'
import type { AppContext, AppTypes, Visit } from './visit.ts'

const PATH = '/app/dati'

const DataPage = ({ visit, problem }: { visit: Visit; problem?: FieldProblem }) => {
  const t = visit.texts.data
  return (
    <AppPage visit={visit} title={t.title}>
      <h1>{t.title}</h1>
      <section class="group stack">
        <h2>{t.exportHeading}</h2>
        <p>{t.exportText}</p>
        <p class="actions">
          <a class="button" href={`${PATH}/esporta`} download={t.exportName}>
            {t.export}
          </a>
        </p>
        <p class="soft">{t.exportHint}</p>
      </section>
      <section class="group stack">
        <h2>{t.forgetHeading}</h2>
        <p>{t.forgetText}</p>
        <Form visit={visit} action={`${PATH}/cancella`} class="stack">
          <label class="check">
            <input type="checkbox" name="sure" value="yes" required {...marked(problem, 'sure')} />
            <span>{t.forgetSure}</span>
          </label>
          <ProblemText problem={problem} field="sure" />
          <button type="submit" class="danger">
            {t.forget}
          </button>
        </Form>
      </section>
    </AppPage>
  )
}

/** Also of somebody who may not use the sport part any more and is still linked. */
async function mayHaveSportData(c: AppContext): Promise<boolean> {
  const { db, chat, maySport } = c.get('visit')
  if (!('STUDENTS' in c.env)) return false
  return maySport || (await db.$count(students, eq(students.userId, chat.id))) > 0
}

/** The export of a person's data, as in /esporta. */
async function readEverything(c: AppContext): Promise<Record<string, unknown>> {
  const { db, chat, site, trace } = c.get('visit')
  const [own, sessions, sport] = await Promise.all([
    readPersonalData(db, chat, site.now),
    sessionsOf(db, chat.id),
    'STUDENTS' in c.env
      ? readSportData((call) => askStudent(c.env, chat.id, call, trace), await mayHaveSportData(c))
      : {},
  ])
  return { ...own, ...(sessions.length > 0 && { portalSessions: sessions }), ...sport }
}

/**
 * Deletes everything, as /cancellami does: first what the student's object keeps, then the rows.
 * @returns false when the object did not answer: it is erased later
 */
async function forget(c: AppContext): Promise<boolean> {
  const { db, chat, settings, site, trace } = c.get('visit')
  const erased =
    !('STUDENTS' in c.env) ||
    (await askStudent(c.env, chat.id, (student) => student.deleteEverything(), trace)).ok
  await forgetMessages(db, chat.id)
  await transact(db, [
    ...(await forgetSessionsOf(db, chat.id, site.now)),
    ...(await forgetChat(settings.ENCRYPTION_KEY, chat.id, site.now)),
    ...(erased ? [] : [eraseLater(chat.id, site.now)]),
  ])
  return erased
}

/** A person's own data: export and deletion. */
export const dataPage = new Hono<AppTypes>()
  .get(PATH, (c) => c.html(<DataPage visit={c.get('visit')} />))
  .get(`${PATH}/esporta`, (c) =>
    costly(c, LOOK_THROUGH_COST, async () => {
      const { texts } = c.get('visit')
      return c.body(JSON.stringify(await readEverything(c), null, 2), 200, {
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Disposition': `attachment; filename="${texts.data.exportName}"`,
      })
    }),
  )
  .post(`${PATH}/cancella`, async (c) => {
    const visit = c.get('visit')
    const t = visit.texts.data
    if (c.get('form').get('sure') !== 'yes') {
      return c.html(<DataPage visit={visit} problem={{ field: 'sure', text: t.forgetUnsure }} />, 422)
    }
    return costly(c, LOOK_THROUGH_COST, async () => {
      const erased = await forget(c)
      closeSession(c)
      return c.html(
        <AppPage
          visit={{ ...visit, tabs: [] }}
          title={t.title}
          notice={erased ? t.forgotten : t.forgottenLater}
        >
          <h1>{t.title}</h1>
        </AppPage>,
      )
    })
  })
