import { expect, test } from 'vitest'
import { holdsToken } from '../../scripts/command.ts'

test.each([
  ['--token', '1:x'],
  ['--token=1:x'],
  ['--bot-token', 'x'],
  ['--telegram-token=x'],
  ['--secret=x'],
  ['110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0'],
  ['--chat=1', 'https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0/'],
])('a token among the words of a command is refused: %j', (...words) => {
  expect(holdsToken(words)).toBe(true)
})

test.each([
  ['--new-token'],
  ['--new-webhook-secret'],
  ['--chat=-1001234567890'],
  ['backup.sql'],
  ['--at', '2026-11-28T09:00:00Z'],
])('these are no tokens: %j', (...words) => {
  expect(holdsToken(words)).toBe(false)
})
