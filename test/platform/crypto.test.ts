import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { type Keyring, seal, timingSafeEqual, UnsealError, unseal } from '../../src/platform/crypto.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('two texts are equal exactly when they are the same, whatever is in them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), async (a, b) => {
      expect(await timingSafeEqual(a, b)).toBe(a === b)
      expect(await timingSafeEqual(a, a)).toBe(true)
      expect(await timingSafeEqual(a, `${a}x`)).toBe(false)
    }),
    { numRuns: 200 },
  )
})

test('a wrong secret costs the same work wherever it differs: both are hashed whole, then compared whole', async () => {
  const digest = vi.spyOn(crypto.subtle, 'digest')
  const secret = 'a'.repeat(256)
  for (const wrong of ['', 'b', `b${secret.slice(1)}`, `${secret.slice(1)}b`, secret]) {
    digest.mockClear()
    await timingSafeEqual(wrong, secret)
    expect(digest.mock.calls.map(([name, bytes]) => [name, (bytes as Uint8Array).length])).toEqual([
      ['SHA-256', wrong.length],
      ['SHA-256', 256],
    ])
  }
})

test('a sealed value opens as it was written only: no character changed, left out or put in', async () => {
  const keys: Keyring = ['a-key-for-these-tests-0123456789abcdef']
  for (const plain of ['', 'a', 'ab', 'abc', '{"userId":11}']) {
    const sealed = await seal(keys, 'test', plain)
    expect(await unseal(keys, 'test', sealed)).toBe(plain)
    const spoilt = [
      ...Array.from(sealed, (_, at) => sealed.slice(0, at) + sealed.slice(at + 1)),
      ...Array.from(
        sealed,
        (char, at) => `${sealed.slice(0, at)}${char === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`,
      ),
      ...['.', '.x', 'A', '=', ' '].map((more) => sealed + more),
      ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (char) => sealed.slice(0, -1) + char).filter(
        (one) => one !== sealed,
      ),
    ]
    for (const one of spoilt) await expect(unseal(keys, 'test', one), one).rejects.toThrow(UnsealError)
  }
})
