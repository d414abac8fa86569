import { once } from 'node:events'

/** Time between two samples, microseconds. */
const SAMPLE_EVERY_US = 100
/** Between two calls of a Worker nothing is sampled: a longer gap before a sample counts as this, microseconds. */
const LONGEST_GAP_US = 10 * SAMPLE_EVERY_US
/** What V8 calls time in which no code of the Worker runs. */
const NOT_OURS = new Set(['(root)', '(idle)', '(program)'])

interface Profile {
  nodes: { id: number; callFrame: { functionName: string } }[]
  samples: number[]
  /** Microseconds before each sample. */
  timeDeltas: number[]
}

type Reply = { id?: number; result?: { profile?: Profile }; error?: { message: string } }

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
      const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame.functionName]))
      const ours = profile.samples.reduce(
        (sum, node, i) =>
          NOT_OURS.has(names.get(node) ?? '')
            ? sum
            : sum + Math.min(profile.timeDeltas[i] ?? 0, LONGEST_GAP_US),
        0,
      )
      return ours / 1_000
    },
    close: () => socket.close(),
  }
}
