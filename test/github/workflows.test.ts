import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'

const GITHUB = '.github'
const read = (file: string): unknown => parse(readFileSync(`${GITHUB}/${file}`, 'utf8'), { strict: true })
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  scripts: Record<string, string>
  engines: { node: string }
}

const step = z.union([
  z.strictObject({
    uses: z.string(),
    with: z.record(z.string(), z.unknown()).optional(),
    name: z.string().optional(),
  }),
  z.strictObject({ run: z.string(), name: z.string().optional(), if: z.string().optional() }),
])
/** What our workflows use of GitHub's syntax; another key is more likely a typing mistake. */
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'none'])),
  jobs: z.record(
    z.string(),
    z.strictObject({
      name: z.string(),
      'runs-on': z.string(),
      'timeout-minutes': z.number().int().positive(),
      strategy: z
        .strictObject({ 'fail-fast': z.boolean(), matrix: z.record(z.string(), z.array(z.string()).min(1)) })
        .optional(),
      steps: z.array(step).min(1),
    }),
  ),
})

describe.each(readdirSync(`${GITHUB}/workflows`))('the workflow %s', (file) => {
  const { jobs, permissions } = workflow.parse(read(`workflows/${file}`))
  const steps = Object.values(jobs).flatMap((job) => job.steps)
  const used = steps.flatMap((one) => ('uses' in one ? [one] : []))
  const commands = steps.flatMap((one) => ('run' in one ? one.run.split('\n') : []))

  test('may only read the repository', () => {
    expect(permissions).toEqual({ contents: 'read' })
  })

  test('runs scripts of package.json and files that exist', () => {
    expect(commands.length).toBeGreaterThan(0)
    for (const command of commands) {
      const [, script] = /^npm run ([\w:-]+)/.exec(command) ?? []
      const [, path] = /^bash (\S+)/.exec(command) ?? []
      if (script) expect(Object.keys(manifest.scripts), command).toContain(script)
      else if (path) expect(readFileSync(path, 'utf8'), command).toMatch(/^#!/)
      else expect(command).toMatch(/^npm (ci|audit)\b/)
    }
  })

  test('pins every action to a commit', () => {
    expect(used.length).toBeGreaterThan(0)
    for (const { uses } of used) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
  })

  test('uses the oldest Node.js that package.json allows', () => {
    const oldest = Number(/^>=(\d+)$/.exec(manifest.engines.node)?.[1])
    const versions = used.flatMap(({ uses, with: input }) =>
      uses.startsWith('actions/setup-node@') ? [input?.['node-version']] : [],
    )
    expect(versions.length).toBeGreaterThan(0)
    expect(new Set(versions)).toEqual(new Set([oldest]))
  })

  test('names only values of the matrix of its job, and the number of the run', () => {
    for (const job of Object.values(jobs)) {
      const named = JSON.stringify(job).matchAll(/\$\{\{ (\S+) \}\}/g)
      for (const [, name = ''] of named)
        expect([
          'github.run_number',
          ...Object.keys(job.strategy?.matrix ?? {}).map((key) => `matrix.${key}`),
        ]).toContain(name)
    }
  })
})

test('the dates of the workflow are instants with an offset', () => {
  const { jobs } = workflow.parse(read('workflows/ci.yml'))
  for (const at of jobs.dates?.strategy?.matrix.at ?? []) {
    expect(at).toMatch(/[+-]\d\d:\d\d$/)
    expect(Date.parse(at)).not.toBeNaN()
  }
})

const field = z.strictObject({
  type: z.enum(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes']),
  id: z.string().optional(),
  attributes: z.record(z.string(), z.unknown()),
  validations: z.strictObject({ required: z.boolean() }).optional(),
})
const form = z.strictObject({
  name: z.string(),
  description: z.string(),
  labels: z.array(z.string()).min(1),
  body: z.array(field).min(1),
})
const forms = readdirSync(`${GITHUB}/ISSUE_TEMPLATE`).filter((file) => file !== 'config.yml')

test.each(forms)('the issue form %s is valid, warns of secrets and asks for the doctor’s output', (file) => {
  const { body } = form.parse(read(`ISSUE_TEMPLATE/${file}`))
  const fields = body.filter(({ type }) => type !== 'markdown')
  expect(fields.every(({ id, attributes }) => id && typeof attributes.label === 'string')).toBe(true)
  expect(new Set(fields.map(({ id }) => id)).size).toBe(fields.length)
  const text = JSON.stringify(body)
  expect(text).toContain('npm run doctor')
  expect(text).toMatch(/(leave out|never paste) .*(cookies|tokens)/i)
})

test('blank issues are allowed or not: nothing else is configured', () => {
  z.strictObject({ blank_issues_enabled: z.boolean() }).parse(read('ISSUE_TEMPLATE/config.yml'))
})

test('Dependabot updates npm packages and actions', () => {
  const ecosystems = z
    .looseObject({
      version: z.literal(2),
      updates: z.array(
        z.looseObject({
          'package-ecosystem': z.string(),
          directory: z.literal('/'),
          schedule: z.strictObject({ interval: z.enum(['daily', 'weekly', 'monthly']) }),
        }),
      ),
    })
    .parse(read('dependabot.yml'))
    .updates.map((one) => one['package-ecosystem'])
  expect(ecosystems.sort()).toEqual(['github-actions', 'npm'])
})

test('the code owners file names an owner for everything', () => {
  const lines = readFileSync(`${GITHUB}/CODEOWNERS`, 'utf8')
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) expect(line).toMatch(/^\S+ @\S+$/)
})
