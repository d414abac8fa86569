import { isFree } from './port.ts'

/** Below the ports that Linux uses for outgoing connections (32768 and above). */
const PORTS = { from: 20_000, below: 32_000 }

/** A free port that no outgoing connection takes by chance while nothing listens on it. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * (PORTS.below - PORTS.from))
    if (await isFree(port)) return port
  }
}
