import { expect, test } from 'vitest'
import { PLANTED_BUGS, type PlantedBug } from '../../chaos/plan.ts'
import { idleChecks, type Row } from '../../chaos/report.ts'
import { PROJECT, run } from '../docs/command.ts'

/** Three slots are taken long after their alert: only they cause an edit, which the planted bug can lose. */
const WITH_EDITS = 90_384
/** All three people with quiet hours get a digest, of ten alerts. */
const WITH_DIGESTS = 34_033

/** The audit of the fault runs is itself tested: with bugs planted in the Workers, a run must fail, and say why. */
const runsWithBugs: [seed: number, findings: Partial<Record<PlantedBug, RegExp>>][] = [
  [
    WITH_EDITS,
    {
      'lost-alert': /^ {2}lost: /m,
      'missed-edit': /^ {2}unedited: open:\S+ in \d+: /m,
      astray: /^ {2}unwanted: \d+ heard of \S+ \d{4}-\d\d-\d\d \d\d:\d\d at \d+/m,
    },
  ],
  [
    WITH_DIGESTS,
    {
      'lost-digest': /^ {2}lost in quiet hours: .* held for \d+: nobody accepted the digest/m,
      duplicate: /^ {2}twice: \d+ \S+ \d{4}-\d\d-\d\d \d\d:\d\d: told \d+, \d+/m,
      'forgotten-booking': /^ {2}forgotten: action \d+ of \d+ was accepted and is gone/m,
      'lost-push': /^ {2}lost: \d{16} never heard of /m,
    },
  ],
]

test('every kind of bug is planted in a run', () => {
  expect(runsWithBugs.flatMap(([, findings]) => Object.keys(findings)).toSorted()).toEqual(
    PLANTED_BUGS.toSorted(),
  )
})

test.concurrent.each(runsWithBugs)(
  'planted bugs fail the run of seed %i',
  // Time is real in a run: on a slow machine it may end before the bugs do harm.
  { timeout: 600_000, retry: 1 },
  async (seed, findings) => {
    const bugs = Object.keys(findings).join(',')
    const { code, said } = await run(
      `npm run chaos -- --runs 1 --seed ${seed} --parallel 1 --plant ${bugs}`,
      PROJECT,
    )
    expect(code, said).toBe(1)
    for (const finding of Object.values(findings)) expect(said).toMatch(finding)
  },
)

const NOTHING = {
  slots: 1,
  alerts: 1,
  bookings: 1,
  held: 1,
  digests: 1,
  'to browsers': 1,
  'filtered out': 1,
  reports: 1,
  'deliveries checked': 1,
  'outcomes checked': 1,
}

test('a check that looked at nothing in any run is named', () => {
  const rows = [0, 0].map((edits) => ({ ...NOTHING, 'edits checked': edits }) as unknown as Row)
  expect(idleChecks(rows)).toEqual(['edits checked'])
  expect(idleChecks([...rows, { ...NOTHING, 'edits checked': 1 } as unknown as Row])).toEqual([])
})

test.each(['--runs abc', '--runs 0', '--seed 1.5', '--parallel -1', '--plant nothing', '--what'])(
  'the command refuses %s with a sentence',
  async (options) => {
    const { code, said } = await run(`npm run chaos -- ${options}`, PROJECT)
    expect(code).toBe(2)
    expect(said).toMatch(/should be|Unknown option|argument/)
    expect(said).toContain('--runs N')
  },
)
