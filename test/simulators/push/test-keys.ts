/** A key pair of Web Push for tests only, as `VAPID_KEYS` holds it. */
export const TEST_VAPID_KEYS =
  'BEJ3JAn3CHc94mCaQTJq2jMxN7F8NveNl9W_wZ5aLZy-2ZGwfgEiU_bW6Q3kp_kAbq-sPxWmLXbSFXKRuqBYvP8.IKRCemmfMk7TZ9DKyZlVwqodao4wNSWqeVNofxFqauk'

const [publicKey = '', privateKey = ''] = TEST_VAPID_KEYS.split('.')
export const testKeys = { publicKey, privateKey }
