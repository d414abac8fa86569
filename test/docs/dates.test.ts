import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { PROJECT } from './command.ts'

const INSTANT = /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[+]\d\d:\d\d/g

test('the workflow runs the tests at every moment that test:dates names', () => {
  const folder = resolve(PROJECT, '.github/workflows')
  const workflows = readdirSync(folder).map((file) => readFileSync(resolve(folder, file), 'utf8'))
  const moments = readFileSync(resolve(PROJECT, 'scripts/test-dates.ts'), 'utf8').match(INSTANT)
  expect(moments?.length).toBeGreaterThanOrEqual(7)
  expect(workflows.join('\n').match(INSTANT)).toEqual(moments)
})
