/**
 * Serves simulators to tests that run inside workerd, where none can be started: `startRemoteSimulator` asks this
 * factory for one of its own and scripts it over HTTP.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import type { SportrickOptions, SportrickSimulator } from './model.ts'
import { startSportrickSimulator } from './simulator.ts'

/** Vitest's global setup: starts the factory, and closes it with every simulator that it made. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: SportrickSimulator[] = []
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const simulator = await startSportrickSimulator(
      JSON.parse(Buffer.concat(chunks).toString() || '{}') as SportrickOptions,
    )
    started.push(simulator)
    const { base, ssoUrl, control, demo } = simulator
    outgoing.writeHead(200, { 'content-type': 'application/json' })
    outgoing.end(JSON.stringify({ base, ssoUrl, control, demo }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  project.provide('sportrickFactory', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    await Promise.all([
      new Promise((resolve) => server.close(resolve)),
      ...started.map((simulator) => simulator.close()),
    ])
  }
}
