import { createServer } from 'node:net'

/** Below the ports that Linux uses for outgoing connections (32768 and above). */
const PORTS = { from: 20_000, below: 32_000 }

const isFree = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A free port that no outgoing connection takes by chance while the Workers are down. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.below - PORTS.from))
    if (await isFree(port)) return port
  }
}
