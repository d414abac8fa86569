import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { deployedConfig } from '../../scripts/cloud/cloudflare.ts'
import { WORKER_NAMES, WORKERS } from '../../scripts/local/bundle.ts'

const textOf = (worker: keyof typeof WORKERS) => readFileSync(WORKERS[worker].config, 'utf8')
const withSenders = (count: string) => textOf('dispatcher').replace(/^SENDERS = .*$/m, `SENDERS = "${count}"`)
/** The lines of a file that say something. */
const lines = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))

describe('the wrangler file of a deployment', () => {
  test.each(['1', ''])('makes no objects for SENDERS = "%s"', (count) => {
    const all = withSenders(count)
    const deployed = deployedConfig('dispatcher', all, false)
    expect(lines(all).filter((line) => !lines(deployed).includes(line))).toEqual([
      '[[durable_objects.bindings]]',
      'name = "SENDER"',
      'class_name = "Sender"',
      '[[migrations]]',
      'tag = "v1"',
      'new_sqlite_classes = ["Sender"]',
    ])
  })

  test.each(['2', '10', '20'])('is the file itself for SENDERS = "%s"', (count) => {
    expect(deployedConfig('dispatcher', withSenders(count), false)).toBe(withSenders(count))
  })

  test('binds no student for passports only, and is otherwise the file itself', () => {
    const edge = textOf('edge')
    expect(edge).toContain('STUDENTS')
    expect(deployedConfig('edge', edge, true)).not.toContain('STUDENTS')
    for (const worker of WORKER_NAMES.filter((name) => name !== 'dispatcher'))
      expect(deployedConfig(worker, textOf(worker), false)).toBe(textOf(worker))
  })
})
