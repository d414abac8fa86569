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

test('two texts are equal exactly when they are the same, whatever is in them', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
      expect(timingSafeEqual(a, b)).toBe(a === b)
      expect(timingSafeEqual(a, a)).toBe(true)
      for (const other of [`${a}x`, `x${a}`, `${a}\u0000`]) {
        expect(timingSafeEqual(a, other)).toBe(false)
        expect(timingSafeEqual(other, a)).toBe(false)
      }
    }),
    { numRuns: 200 },
  )
})

test('a wrong secret costs the same work wherever it differs: every byte of it is compared', () => {
  const secret = 'a'.repeat(64)
  for (const wrong of ['', 'b', `b${secret.slice(1)}`, `${secret.slice(1)}b`, secret]) {
    const read: unknown[] = []
    const watched = new Proxy(new TextEncoder().encode(wrong), {
      get(bytes, name) {
        if (name !== 'length') read.push(name)
        return Reflect.get(bytes, name, bytes)
      },
    })
    vi.spyOn(TextEncoder.prototype, 'encode').mockReturnValueOnce(watched)
    timingSafeEqual(wrong, secret)
    expect(read).toEqual(Array.from(wrong, (_, at) => String(at)))
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
