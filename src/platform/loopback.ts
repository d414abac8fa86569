/**
 * True for the host of an address on this very machine, where plain HTTP can be read by nobody on the way.
 * @param hostname as `URL.hostname` gives it
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
