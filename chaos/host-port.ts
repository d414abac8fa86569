import { createServer } from 'node:net'

/** Below those that outgoing connections take for themselves (32768 and above, on Linux). */
const PORTS = { from: 20_000, below: 32_000 }

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A port that is free, and that nothing takes by chance while the Workers are down. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.below - PORTS.from))
    if (await isFree(port)) return port
  }
}
