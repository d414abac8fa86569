import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import { transact } from '../../src/db/database.ts'
import { fakeStudents } from './fake-student.ts'
import { kit } from './kit.worker.ts'

/** The pages with students' objects that a test scripts; 701, 702 and 703 may use the sport. */
export function sportSite() {
  const site = kit()
  const students = fakeStudents()
  Object.assign(site.bindings, { STUDENTS: students.namespace, SPORT_USER_IDS: '701, 702, 703' })
  return {
    site,
    students,
    /** Forgets calls and answers, and what people have used up of their minute. */
    async reset(): Promise<void> {
      students.reset()
      await transact(site.db, [sql`DELETE FROM rate_limits`])
    },
  }
}

/** Status and address of a redirect. */
export const where = (response: Response) => [response.status, response.headers.get('Location')]

/** The key that a form's call carries. */
export const key = expect.stringMatching(/^app:[0-9a-f-]{36}:/)
