import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import {
  type Keyring,
  needsResealing,
  type SealPlace,
  seal,
  timingSafeEqual,
  UnsealError,
  unseal,
} from '../../src/platform/crypto.ts'

/** Made by version 0.2.0: bound to its purpose only. */
const SEALED_BY_0_2_0 = '_cpr8gvb.PBoR3ZgO5EEiaLlJ.lPhrOIZbL_8d3Bl4QUO2p6jzIG6uJTwxBAA'

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
    const sealed = await seal(keys, 'test', 'cookie', plain)
    expect(await unseal(keys, 'test', 'cookie', sealed)).toBe(plain)
    const spoilt = [
      ...Array.from(sealed, (_, at) => sealed.slice(0, at) + sealed.slice(at + 1)),
      ...Array.from(
        sealed,
        (char, at) => `${sealed.slice(0, at)}${char === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`,
      ),
      ...['.', '.x', '.b', 'A', '=', ' '].map((more) => sealed + more),
      ...Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZ', (char) => sealed.slice(0, -1) + char).filter(
        (one) => one !== sealed,
      ),
    ]
    for (const one of spoilt)
      await expect(unseal(keys, 'test', 'cookie', one), one).rejects.toThrow(UnsealError)
  }
})

test('a sealed value opens for its purpose, in its table, column and row only', async () => {
  const keys: Keyring = ['a-key-for-these-tests-0123456789abcdef']
  const sealed = await seal(keys, 'sport:7', 'account.credentials/1', 'secret')
  expect(await unseal(keys, 'sport:7', 'account.credentials/1', sealed)).toBe('secret')
  const elsewhere: [string, SealPlace][] = [
    ['sport:8', 'account.credentials/1'],
    ['sport:7', 'account.credentials/2'],
    ['sport:7', 'account.cookies/1'],
    ['sport:7', 'session.credentials/1'],
    ['sport:7', 'cookie'],
  ]
  for (const [purpose, place] of elsewhere)
    await expect(unseal(keys, purpose, place, sealed), `${purpose} ${place}`).rejects.toThrow(UnsealError)
  // Nor as what an older version wrote, which names no place.
  const unmarked = sealed.slice(0, sealed.lastIndexOf('.'))
  await expect(unseal(keys, 'sport:7', 'account.credentials/1', unmarked)).rejects.toThrow(UnsealError)
})

test('a value that 0.2.0 sealed opens, and is to be sealed again', async () => {
  const keys: Keyring = ['a-key-for-these-tests-0123456789abcdef']
  expect(await unseal(keys, 'sport:7', 'session.cookies/1', SEALED_BY_0_2_0)).toBe('{"id":"x"}')
  expect(await needsResealing(keys, SEALED_BY_0_2_0)).toBe(true)
  expect(await needsResealing(keys, await seal(keys, 'sport:7', 'session.cookies/1', 'x'))).toBe(false)
  expect(await needsResealing(['another-key-0123456789abcdef0123456789', ...keys], SEALED_BY_0_2_0)).toBe(
    true,
  )
})
