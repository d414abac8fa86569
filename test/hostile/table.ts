import type { Reporter, TestModule } from 'vitest/node'

/** Prints what each target of the fuzz room did, for `npm run fuzz`. */
export default class FuzzTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const records = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) => {
        const { fuzz } = test.meta()
        return fuzz ? [{ ...fuzz, result: test.result().state }] : []
      }),
    )
    const total = records.reduce((sum, { cases }) => sum + cases, 0)
    const [first] = records
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
