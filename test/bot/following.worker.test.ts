import { createExecutionContext, env, waitOnExecutionContext } from 'cloudflare:test'
import { sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, transact } from '../../src/db/client.ts'
import worker from '../../src/edge.ts'
import type { EdgeEnv } from '../../src/platform/bindings.d.ts'
import { Person, RecordedTelegram } from './person.ts'

const edgeEnv = { ...(env as unknown as EdgeEnv) }
const db = connect(edgeEnv.DB)
const telegram = new RecordedTelegram()

const deliver = async (update: object): Promise<Response> => {
  const ctx = createExecutionContext()
  const response = await worker.fetch(
    new Request('http://edge/telegram/webhook', {
      method: 'POST',
      headers: { 'X-Telegram-Bot-Api-Secret-Token': 'test-webhook-secret' },
      body: JSON.stringify(update),
    }),
    edgeEnv,
    ctx,
  )
  await waitOnExecutionContext(ctx)
  return response
}

let lastId = 100
const someone = () => {
  lastId += 1
  return new Person(telegram, deliver, { id: lastId, type: 'private' })
}
const followed = async (person: Person): Promise<unknown[]> => {
  const [rows] = await transact(db, [
    sql`SELECT province FROM subscriptions WHERE chat_id = ${person.chat.id} ORDER BY province`,
  ])
  return (rows?.results ?? []).map((row) => row.province)
}

beforeAll(() => {
  vi.stubGlobal('fetch', telegram.fetch)
})

describe('by buttons', () => {
  test('a person goes from the menu through region and province to a subscription, in one message', async () => {
    const person = someone()
    await person.types('/start')
    expect(person.labels.join()).toMatch(/Passaporto.*Impostazioni.*Stato.*Aiuto/)
    await person.presses('Passaporto')
    await person.presses('Aggiungi provincia')
    expect(person.shown.columns).toBe(3)
    expect(person.labels.filter((label) => label !== '🏠 Menu' && label !== '⬅️ Indietro')).toHaveLength(20)
    await person.presses('Piemonte')
    expect(person.labels).toContain('Torino')
    await person.presses('Torino')
    expect(person.shown.text).toBe('Vuoi seguire Torino (TO)?')
    await person.presses('Conferma')
    expect(person.shown.text).toMatch(/^Ora segui Torino: comincio a guardarla/)
    expect(await followed(person)).toEqual(['TO'])
    expect(person.messageCount).toBe(1)
  })
})
