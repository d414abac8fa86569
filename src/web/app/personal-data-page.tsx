import { Hono } from 'hono'
import { LOOK_THROUGH_COST } from '../../chats/chat-data.ts'
import { transact } from '../../db/database.ts'
import { type DataOwner, deleteEverything, exportEverything } from '../../people/export-and-delete.ts'
import { askStudent } from '../../sport/student/ask-student.ts'
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
        {visit.chat.kind !== 'browser' && <p class="soft">{t.exportHint}</p>}
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

function ownerOf(c: AppContext): DataOwner {
  const { db, chat, maySport, site, trace } = c.get('visit')
  const student: DataOwner['student'] = (call) => askStudent(c.env, chat.id, call, trace)
  return { db, chat, maySport, now: site.now, student: 'STUDENTS' in c.env ? student : null }
}

/** A person's own data: export and deletion. */
export const dataPage = new Hono<AppTypes>()
  .get(PATH, (c) => c.html(<DataPage visit={c.get('visit')} />))
  .get(`${PATH}/esporta`, (c) =>
    costly(c, LOOK_THROUGH_COST, async () => {
      const { texts } = c.get('visit')
      return c.body(JSON.stringify(await exportEverything(ownerOf(c)), null, 2), 200, {
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
      const erased = await deleteEverything(ownerOf(c), visit.settings.ENCRYPTION_KEY, (statements) =>
        transact(visit.db, statements),
      )
      closeSession(c)
      const forgotten = visit.chat.kind === 'browser' ? t.forgottenBrowser : t.forgotten
      return c.html(
        <AppPage
          visit={{ ...visit, tabs: [] }}
          title={t.title}
          notice={erased ? forgotten : t.forgottenLater}
        >
          <h1>{t.title}</h1>
        </AppPage>,
      )
    })
  })
