import { isLoopback } from '../../../platform/loopback.ts'

/**
 * Whether an address may be posted to: an https address of a known push service, without a port or a login of its own. On
 * this machine, for simulators, also plain HTTP.
 * @param hosts names; one that begins with `.` stands for all below it
 */
export function isPushAddress(endpoint: string, hosts: readonly string[]): boolean {
  if (!URL.canParse(endpoint)) return false
  const { protocol, host, hostname, username, password } = new URL(endpoint)
  if (username !== '' || password !== '') return false
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) return false
  return hosts.some((known) => (known.startsWith('.') ? host.endsWith(known) : host === known))
}
