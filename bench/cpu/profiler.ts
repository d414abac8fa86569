import { once } from 'node:events'

/** Time between two samples, microseconds. */
const SAMPLE_EVERY_US = 100
/** A gap between two samples that is this many times as long as the usual one is time in which nothing ran. */
const GAP = 3
/** What V8 calls time in which no code of the Worker runs. */
const NOT_OURS = new Set(['(root)', '(idle)', '(program)'])

export interface Profile {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  /** Microseconds before each sample. */
  timeDeltas: number[]
}

type Reply = { id?: number; result?: { profile?: Profile }; error?: { message: string } }

/**
 * The time, ms, that the samples of a Worker's own code stand for. While a Worker waits nothing is sampled, and the next
 * sample follows a long gap. Such a sample counts as much as the usual one: work that lasts n intervals gets n samples
 * on average, wherever the first one falls.
 */
export function sampledMs({ nodes, samples, timeDeltas }: Profile): number {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, callFrame.functionName]))
  const usual = timeDeltas.toSorted((a, b) => a - b)[Math.floor(timeDeltas.length / 2)] ?? SAMPLE_EVERY_US
  const counted = timeDeltas.map((delta) => (delta > GAP * usual ? usual : delta))
  const ours = samples.map((node, i) => (NOT_OURS.has(names.get(node) ?? '') ? 0 : (counted[i] ?? 0)))
  return ours.reduce((sum, each) => sum + each, 0) / 1_000
}

/** A connection to one Worker's inspector, by the Chrome DevTools protocol. */
export async function connectProfiler(url: string) {
  const socket = new WebSocket(url)
  await once(socket, 'open')
  const waiting = new Map<number, (reply: Reply) => void>()
  let last = 0
  socket.addEventListener('message', ({ data }) => {
    const reply = JSON.parse(String(data)) as Reply
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply)
  })
  const ask = async (method: string, params: object = {}): Promise<Reply['result']> => {
    const id = ++last
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve))
    socket.send(JSON.stringify({ id, method, params }))
    const { result, error } = await answered
    waiting.delete(id)
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
  await ask('Profiler.enable')
  await ask('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_US })

  return {
    /**
     * The CPU time, ms, that the Worker's own isolate spends on some work: its JavaScript, the garbage collector and the
     * calls into the runtime. D1, queues and the network are other threads, here as at Cloudflare.
     */
    async cpuMs(work: () => Promise<unknown>): Promise<number> {
      await ask('Profiler.start')
      await work()
      const profile = (await ask('Profiler.stop'))?.profile
      if (!profile) throw new Error('The inspector gave no profile.')
      return sampledMs(profile)
    },
    close: () => socket.close(),
  }
}
