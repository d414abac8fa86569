import { existsSync, globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { calendarFeed } from '../../src/web/calendar-feed.ts'
import { health } from '../../src/web/health.ts'
import { operatorSession } from '../../src/web/operator-session.ts'
import { web } from '../../src/web/web.tsx'
import { ROUTE_SOURCES, routesIn } from '../bot/routes.ts'

const page = readFileSync('docs/security.md', 'utf8')

/** The names in backticks in a table's first column, below a heading. */
function namesBelow(heading: string): string[] {
  const [, rest = ''] = page.split(`### ${heading}\n`)
  const [section = ''] = rest.split(/\n##+ /)
  const cells = section.split('\n').flatMap((line) => /^\| (`[^|]*) \|/.exec(line)?.[1] ?? [])
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)).sort()
}

const botSources = globSync(ROUTE_SOURCES).map((file) => readFileSync(file, 'utf8'))
const { commands, verbs } = routesIn(botSources)

test('the page names every route, and none besides', () => {
  const clock = { now: () => 0, sleep: async () => undefined }
  const apps = [
    web({ clock, pollNow: async () => undefined }),
    calendarFeed(clock),
    health(clock),
    operatorSession(clock),
  ]
  const routes = apps.flatMap((app) => app.routes).filter(({ method }) => method !== 'ALL')
  const real = new Set([
    ...routes.map(({ method, path }) => `${method} ${path}`),
    // The webhook needs the whole bot.
    'POST /telegram/webhook',
  ])
  expect(namesBelow('Routes')).toEqual([...real].sort())
})

test('the page names every command, and none besides', () => {
  expect(namesBelow('Commands')).toEqual(commands.map((command) => `/${command}`).sort())
})

test('the page names every button, and none besides', () => {
  expect(namesBelow('Buttons')).toEqual([...verbs].sort())
})

test('the page names every method of a student’s object, and none besides', () => {
  const source = readFileSync('src/sport/student/student.ts', 'utf8')
  const methods = [...source.matchAll(/^ {2}(?:override )?(?:async )?([a-z]\w*)\(/gm)].map(
    ([, name = '']) => name,
  )
  expect(namesBelow('Object methods')).toEqual(
    [...new Set(methods)].filter((name) => name !== 'constructor').sort(),
  )
})

test('every test that the page names is there', () => {
  const named = [...page.matchAll(/`(test\/[\w./-]+\.ts)`/g)].map(([, file = '']) => file)
  expect(named.length).toBeGreaterThan(20)
  for (const file of named) expect(existsSync(file), file).toBe(true)
})
