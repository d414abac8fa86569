import { createServer } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { choosePort, isFree } from '../../scripts/local/port.ts'
import { readLocalSettings } from '../../scripts/local/settings.ts'
import { greeting, quietly } from '../../scripts/local/terminal-log.ts'

const servers: { close(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** Takes a free port of this machine. */
async function takePort(): Promise<number> {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

test('a taken port gives way to the next free one, unless it was asked for', async () => {
  const taken = new Set([8787, 8788])
  const free = async (port: number) => !taken.has(port)
  expect(await choosePort({ port: 8786, isSet: false }, free)).toBe(8786)
  expect(await choosePort({ port: 8787, isSet: false }, free)).toBe(8789)
  expect(await choosePort({ port: 0, isSet: true }, free)).toBe(0)
  await expect(choosePort({ port: 8787, isSet: true }, free)).rejects.toThrow(
    'Port 8787 is taken by another program: set PORT to a free one, or unset it.',
  )
  await expect(choosePort({ port: 65_535, isSet: false }, async () => false)).rejects.toThrow(/set PORT/)
})

test('whether a port is free is seen on the machine itself', async () => {
  const port = await takePort()
  expect(await isFree(port)).toBe(false)
  expect(await choosePort({ port, isSet: false })).toBeGreaterThan(port)
})

test('PORT comes from the environment; what is no number is said', () => {
  expect(readLocalSettings({})).toMatchObject({ port: 8787, portIsSet: false, variables: {} })
  expect(readLocalSettings({ PORT: '0' })).toMatchObject({
    port: 0,
    portIsSet: true,
  })
  expect(() => readLocalSettings({ PORT: 'http' })).toThrow(/PORT should be/)
})

test('a failure that repeats is shown once a minute, with how many were left out; others are shown meanwhile', () => {
  let now = 0
  const shown: string[] = []
  const say = quietly(
    (line) => shown.push(line),
    () => now,
  )
  for (let i = 0; i < 100; i++) {
    say(JSON.stringify({ event: 'login-failed', user: i, stack: `Error: no browser\n    at line ${i}` }))
    now += 500
  }
  say('{"event":"other"}')
  expect(shown).toHaveLength(2)
  now += 60_000
  say(JSON.stringify({ event: 'login-failed', user: 7, stack: 'Error: no browser\n    at line 3' }))
  expect(shown[2]).toMatch(/\(and 99 like it\)$/)
})

test('no line is shown twice within a minute, and none of a new kind is left out', () => {
  const lines = fc.array(fc.record({ kind: fc.constantFrom('a', 'b', 'c'), after: fc.nat(30_000) }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(lines, (said) => {
      let now = 0
      const shown: { line: string; at: number }[] = []
      const say = quietly(
        (line) => shown.push({ line: line.charAt(0), at: now }),
        () => now,
      )
      for (const { kind, after } of said) {
        now += after
        say(`${kind} failed`)
      }
      for (const kind of ['a', 'b', 'c']) {
        const times = shown.filter(({ line }) => line === kind).map(({ at }) => at)
        expect(times.length > 0).toBe(said.some((each) => each.kind === kind))
        for (const [i, at] of times.entries()) {
          if (i > 0) expect(at - (times[i - 1] ?? 0)).toBeGreaterThanOrEqual(60_000)
        }
      }
    }),
  )
})

test('the terminal says where the chat is and where the public pages are', () => {
  const said = greeting('http://127.0.0.1:8788', 'http://127.0.0.1:8787')
  expect(said).toMatch(/chat .*8788\n.*public pages .*8787/)
})
