import { beforeEach, expect, test } from 'vitest'
import { holdSenderLease, SENDER_LEASE_MS, SenderLease } from '../../src/delivery/sender-lease.ts'
import { clean, db } from './kit.worker.ts'

beforeEach(() => clean())

test('a lease that is prolonged after its end was announced still says so: the successor waits for it', async () => {
  const now = Date.now()
  await holdSenderLease(db, 'run', now)
  const lease = new SenderLease(db, 'run', now)
  await lease.announceEnd(now + 1)
  lease.keep(now + SENDER_LEASE_MS / 3, () => [])
  await lease.settled()
  expect(await holdSenderLease(db, 'successor', now + SENDER_LEASE_MS / 2)).toMatchObject({
    held: false,
    finishing: true,
    until: now + SENDER_LEASE_MS / 3 + SENDER_LEASE_MS,
  })
})
