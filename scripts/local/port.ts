import { createServer } from 'node:net'
import { LocalSettingError } from './settings.ts'

/** Ports that are tried after the usual one. */
const TRIES = 50

/** Whether a port of this machine (IPv4 loopback) can be listened on now. */
export const isFree = (port: number): Promise<boolean> =>
  new Promise((fulfil, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      // EACCES: reserved, by Windows or for administrators.
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') fulfil(false)
      else reject(error)
    })
    server.listen(port, '127.0.0.1', () => server.close(() => fulfil(true)))
  })

/** The wanted port. */
export interface WantedPort {
  /** The first choice; 0 means any, which is left to the operating system. */
  port: number
  /** The person asked for this port, so another one will not do. */
  isSet: boolean
}

/**
 * The port to listen on: the wanted one, or the next free one.
 * @throws LocalSettingError when a port that was asked for is taken, or none is free
 */
export async function choosePort({ port, isSet }: WantedPort, free = isFree): Promise<number> {
  if (port === 0 || (await free(port))) return port
  if (isSet) {
    throw new LocalSettingError(
      `Port ${port} is taken by another program: set PORT to a free one, or unset it.`,
    )
  }
  for (let next = port + 1; next <= Math.min(port + TRIES, 65_535); next++) {
    if (await free(next)) return next
  }
  throw new LocalSettingError(`No port from ${port} to ${port + TRIES} is free: set PORT.`)
}
