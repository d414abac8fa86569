import { expect, test } from 'vitest'
import { countStatements } from '../counting-d1.worker.ts'
import { harness } from './harness.worker.ts'

const bot = harness()
const { d1, used } = countStatements(bot.edgeEnv.DB)
bot.edgeEnv.DB = d1

/** Transactions with D1 that some updates take. */
async function callsOf(updates: () => Promise<unknown>): Promise<number> {
  used.transactions = 0
  await updates()
  return used.transactions
}

/** One reads the chat and takes the update's cost, the last one marks the update as done. */
const LEAST = 2

test('most updates take two transactions: menus, lists, typed places, leaving what is not followed', async () => {
  const person = bot.someone()
  await person.types('/start')
  for (const text of ['/start', '/mie', 'torino', 'bergamo', '/smetti torino'])
    expect(await callsOf(() => person.types(text)), text).toBe(LEAST)
  await person.types('/start')
  for (const label of ['Impostazioni', 'Menu'])
    expect(await callsOf(() => person.presses(label)), label).toBe(LEAST)
})

test('following takes two more, to look and to write; following again none, leaving only the write', async () => {
  const person = bot.someone()
  await person.types('/start')
  expect(await callsOf(() => person.types('/segui torino'))).toBe(LEAST + 2)
  expect(await callsOf(() => person.types('/segui torino'))).toBe(LEAST)
  expect(await callsOf(() => person.types('/smetti torino'))).toBe(LEAST + 1)
  expect(await callsOf(() => person.types('/smetti torino'))).toBe(LEAST)
})
