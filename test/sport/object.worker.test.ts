import { env } from 'cloudflare:workers'
import { expect, test } from 'vitest'

test('a student has an object of their own', () => {
  const { STUDENTS } = env as unknown as { STUDENTS: DurableObjectNamespace }
  expect(STUDENTS.idFromName('1').equals(STUDENTS.idFromName('2'))).toBe(false)
})
