import { expect, test } from 'vitest'
import { withSystem } from '../../bench/local.ts'
import { buildWorkers } from '../../scripts/local/bundle.ts'
import { wrapWorker } from '../../scripts/local/wrap.ts'

/** The real Workers with several senders: how many there are, and how many messages a second Telegram takes. */
const SENDERS = 4
const RATE = 150
const MESSAGES = 600
const DYING = { name: '3', atCall: 6 }

test('several senders share a broadcast, and one that dies loses nothing', async () => {
  const built = await buildWorkers()
  const workers = await Promise.all(
    built.map((worker) =>
      worker.worker === 'dispatcher'
        ? wrapWorker(worker, { name: 'dying', file: 'test/e2e/dying-sender.worker.ts', options: DYING })
        : worker,
    ),
  )
  const called = new Map<string, number>()
  const logged: string[] = []
  await withSystem(
    {
      workers,
      crons: false,
      variables: { SENDERS: String(SENDERS), SEND_RATE_PER_SECOND: String(RATE) },
      telegram: {
        anyoneExists: true,
        keepMessages: false,
        latencyMs: 100,
        limits: {
          globalPerSecond: RATE,
          globalWindow: 'bucket',
          perChatPerSecond: 1,
          burst: 1,
          groupPerMinute: 20,
        },
      },
      onLog: (line) => {
        const sender = /^sender-called (\S+)/.exec(line)?.[1]
        if (sender) called.set(sender, (called.get(sender) ?? 0) + 1)
        else logged.push(line)
      },
    },
    async ({ runtime, telegram }) => {
      if (!telegram) throw new Error('this test needs the simulator')
      const db = await runtime.database()
      await db
        .prepare(
          `INSERT INTO deliveries (event, chat_id, lane, content, status, event_at, created_at, trace)
           WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
           SELECT 'tutti', 100000 + i, 1, '{"type":"message","message":{"text":"A tutti"}}', 'queued', ?2, ?2, 't' FROM n`,
        )
        .bind(MESSAGES, Date.now())
        .run()
      await runtime.enqueue('dispatcher', 'OUTBOUND', [{ version: 1, trace: 't' }])
      const open = async () =>
        (
          await db
            .prepare("SELECT count(*) AS n FROM deliveries WHERE status <> 'sent'")
            .first<{ n: number }>()
        )?.n
      await expect.poll(open, { timeout: 120_000 }).toBe(0)
      const chats = telegram.ledger.sent.map(({ chatId }) => chatId)
      expect(chats).toHaveLength(MESSAGES)
      expect(new Set(chats).size).toBe(MESSAGES)
      // Which messages the dead sender had is known: they are the only ones in doubt.
      const doubtful = await db
        .prepare("SELECT count(*) AS n FROM deliveries WHERE reason = 'in-doubt'")
        .first<{ n: number }>()
      expect(doubtful?.n).toBeGreaterThan(0)
      expect(logged.some((line) => line.includes('sender-failed'))).toBe(true)
    },
  )
  // The first is the run itself; the others are objects, of which each had work.
  expect([...called.keys()].sort()).toEqual(['2', '3', '4'])
  expect(Math.max(...called.values())).toBeLessThan(MESSAGES / 2)
})
