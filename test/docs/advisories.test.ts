import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

/** The advisories that the page names: the package, and the first version without the fault. */
const advisories = [
  ...readFileSync('docs/hostile.md', 'utf8').matchAll(/^\| ([\w@/-]+) +\| (?:CVE|GHSA)-.*\| ([\d.]+) +\|$/gm),
].map(([, name = '', mendedIn = '']) => ({ name, mendedIn }))

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { version: string; dev?: boolean }>
}

const olderThan = (version: string, other: string) =>
  version.localeCompare(other, 'en', { numeric: true }) < 0

test('no deployed package is older than the release that fixed its known vulnerability', () => {
  expect(advisories.length).toBeGreaterThan(5)
  for (const { name, mendedIn } of advisories) {
    const shipped = Object.entries(packages).filter(
      ([path, { dev }]) => !dev && path.endsWith(`node_modules/${name}`),
    )
    expect(shipped.length, name).toBeGreaterThan(0)
    for (const [path, { version }] of shipped)
      expect(olderThan(version, mendedIn), `${path} ${version}`).toBe(false)
  }
})
