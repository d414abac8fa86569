/**
 * True for a host name of the local machine, where plain HTTP is safe.
 * @param hostname as `URL.hostname` gives it
 */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
