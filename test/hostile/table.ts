import type { Reporter, TestModule } from 'vitest/node'
import { provenance, saveResults } from '../../bench/results.ts'

/**
 * Prints the cases and the time of each target, for `npm run fuzz`. With `FUZZ_SAVE=yes` it also writes them to
 * bench/results/hostile.json, with commit, machine, load and command.
 */
export default class FuzzTable implements Reporter {
  readonly #from = provenance(
    `${process.env.FUZZ_CASES ? `FUZZ_CASES=${process.env.FUZZ_CASES} ` : ''}npm run fuzz`,
  )

  onTestRunEnd(modules: readonly TestModule[]): void {
    const records = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => {
        const { fuzz } = test.meta()
        return fuzz ? [{ ...fuzz, result: test.result().state }] : []
      }),
    )
    const total = records.reduce((sum, { cases }) => sum + cases, 0)
    const [first] = records
    if (process.env.FUZZ_SAVE) {
      const path = saveResults('hostile', this.#from(), { seed: first?.seed, cases: total, targets: records })
      console.log(`The raw figures are in ${path}.`)
    }
    const line = (...cells: (string | number)[]) => `| ${cells.join(' | ')} |`
    console.log(
      [
        line('target', 'cases', 'seconds', 'result'),
        line('---', '--:', '--:', '---'),
        ...records.map(({ target, cases, ms, result }) =>
          line(target, cases, (ms / 1000).toFixed(1), result),
        ),
        line('all', total, '', records.every(({ result }) => result === 'passed') ? 'passed' : 'failed'),
        '',
        `seed ${first?.seed ?? 'none'}; again: FUZZ_CASES=${process.env.FUZZ_CASES} FUZZ_SEED=${first?.seed} npm run fuzz`,
      ].join('\n'),
    )
  }
}
