/** Serves portals to tests that run inside workerd, where none can be started: each asks this factory for its own. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import type { PortalOptions, PortalSimulator } from './model.ts'
import { startPortalSimulator } from './simulator.ts'
import { readBody } from './wire.ts'

/** Vitest's global setup: starts the factory, and closes it with every simulator that it made. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const started: PortalSimulator[] = []
  const server = createServer(async (incoming, outgoing) => {
    const portal = await startPortalSimulator(JSON.parse((await readBody(incoming)) || '{}') as PortalOptions)
    started.push(portal)
    const { origin, control } = portal
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ origin, control }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  project.provide('portalFactory', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.closeAllConnections()
    await Promise.all([
      new Promise((resolve) => server.close(resolve)),
      ...started.map((portal) => portal.close()),
    ])
  }
}
