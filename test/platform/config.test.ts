import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/platform/config.ts'
import { isLoopback } from '../../src/platform/loopback.ts'

const CARRYING_SECRETS = [
  'PORTAL_ORIGIN',
  'PORTAL_RELAY',
  'SPORTRICK_BASE',
  'TELEGRAM_API_ROOT',
  'PUBLIC_URL',
] as const

describe.each(CARRYING_SECRETS)('%s', (name) => {
  test.each([
    'https://example.org',
    'http://127.0.0.1:8080',
    'http://127.9.9.9',
    'http://localhost:1',
    'http://[::1]:2',
  ])('may be %s', (address) => {
    expect(readConfig({ [name]: address }, [name])[name]).toBe(address)
  })

  test.each([
    'http://example.org',
    'http://10.0.0.1',
    'http://192.168.1.2:8080',
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'http://127.example.org',
    'http://0.0.0.0',
    'http://127.0.0.1.evil.com',
    'http://localhost.',
    'http://[::ffff:10.0.0.1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::]',
    'http://user@127.0.0.1@evil.com',
    'ftp://127.0.0.1',
    'HTTP://example.org',
  ])('may not be %s, which others on the way could read', (address) => {
    expect(() => readConfig({ [name]: address }, [name])).toThrow(ConfigError)
  })
})

test('a name that only looks like this machine is another one', () => {
  expect(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'].every(isLoopback)).toBe(true)
  expect(['127.0.0.1.x.org', 'localhost.x', '128.0.0.1', '[::2]', 'x127.0.0.1', ''].some(isLoopback)).toBe(
    false,
  )
})

test('settings that changed are read anew, and wrong ones are refused each time', () => {
  const env = { ADMIN_IDS: '1,2', SENDERS: '3' }
  const read = () => readConfig(env, ['ADMIN_IDS', 'SENDERS'])
  expect(read().SENDERS).toBe(3)
  expect(read()).toBe(read())
  env.SENDERS = '4'
  expect(read().SENDERS).toBe(4)
  for (const _ of ['once', 'again']) {
    expect(() => readConfig({ ...env, SENDERS: 'many' }, ['ADMIN_IDS', 'SENDERS'])).toThrow(ConfigError)
  }
  expect(readConfig(env, ['SENDERS'])).toEqual({ SENDERS: 4 })
})
