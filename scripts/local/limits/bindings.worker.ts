import { current, refusals, state } from './invocation.worker.ts'

type Method = (this: unknown, ...args: never[]) => unknown

/** Puts a function around a method of a prototype, once an isolate. */
function around(prototype: object, name: string, make: (real: Method) => Method): void {
  const real = Reflect.get(prototype, name) as Method | undefined
  if (real) Reflect.set(prototype, name, make(real))
}

/** Says whether a prototype is seen for the first time in this isolate. */
function isNew(prototype: object): boolean {
  const { patched } = state()
  if (patched.has(prototype)) return false
  patched.add(prototype)
  return true
}

/** Bytes of a text in UTF-8, without encoding it. */
export function utf8Bytes(text: string): number {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) bytes += code > 0x7ff && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** Bytes of a value as a database stores it, roughly for numbers. */
function valueBytes(value: unknown): number {
  if (typeof value === 'string') return value.length > 100_000 ? utf8Bytes(value) : value.length
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return value.byteLength
  return 8
}

/** What `D1PreparedStatement` holds. */
interface Statement {
  statement: string
  params: unknown[]
}

function checkStatement({ statement, params }: Statement): void {
  const invocation = current()
  if (!invocation) return
  invocation.check('d1SqlBytes', utf8Bytes(statement), `D1_ERROR: ${refusals.sql}`)
  invocation.check('d1Parameters', params.length, `D1_ERROR: ${refusals.parameters}`)
  for (const param of params)
    invocation.check('d1ValueBytes', valueBytes(param), `D1_ERROR: ${refusals.value}`)
}

/** Checks the size of the rows of a result, and of all of it. */
function checkRows(rows: readonly unknown[]): void {
  const invocation = current()
  if (!invocation) return
  let total = 0
  let largest = 0
  for (const row of rows) {
    let bytes = 0
    for (const value of Object.values(row as object)) bytes += valueBytes(value)
    total += bytes
    if (bytes > largest) largest = bytes
  }
  invocation.check('d1ValueBytes', largest, `D1_ERROR: ${refusals.value}`)
  invocation.check('d1ResultBytes', total, 'D1_ERROR: query result too large')
}

/** Rows in what `all`, `run`, `raw`, `first` or one statement of a batch answers. */
function rowsOf(answer: unknown): readonly unknown[] {
  if (Array.isArray(answer)) return answer
  const { results } = answer as { results?: unknown[] }
  return results ?? (answer === null || typeof answer !== 'object' ? [] : [answer])
}

async function askD1<Answer>(
  statements: readonly Statement[],
  queries: number,
  ask: () => Promise<Answer>,
  rows: (answer: Answer) => readonly (readonly unknown[])[],
): Promise<Answer> {
  const invocation = current()
  if (!invocation) return ask()
  invocation.countService('D1_ERROR: ')
  invocation.countQueries(queries)
  for (const statement of statements) checkStatement(statement)
  const answer = await invocation.connected(ask)
  for (const each of rows(answer)) checkRows(each)
  return answer
}

/** Patches D1: every binding of the isolate shares its prototypes. */
function limitD1(d1: D1Database): void {
  const session = Object.getPrototypeOf(d1.withSession())
  if (!isNew(session)) return
  const statement = Object.getPrototypeOf(d1.prepare('SELECT 1'))
  for (const name of ['all', 'run', 'first', 'raw'])
    around(
      statement,
      name,
      (real) =>
        async function (this: unknown, ...args) {
          const ask = () => Reflect.apply(real, this, args) as Promise<unknown>
          return askD1([this as Statement], 1, ask, (answer) => [answer == null ? [] : rowsOf(answer)])
        },
    )
  around(
    session,
    'batch',
    (real) =>
      async function (this: unknown, ...args) {
        const statements = args[0] as unknown as Statement[]
        const ask = () => Reflect.apply(real, this, args) as Promise<unknown[]>
        return askD1(statements, statements.length, ask, (answers) => answers.map(rowsOf))
      },
  )
  around(
    Object.getPrototypeOf(d1),
    'exec',
    (real) =>
      async function (this: unknown, ...args) {
        // Each line is a query.
        const lines = String(args[0])
          .split('\n')
          .filter((line) => line.trim() !== '')
        const statements = lines.map((line) => ({ statement: line, params: [] }))
        return askD1(
          statements,
          lines.length,
          () => Reflect.apply(real, this, args) as Promise<unknown>,
          () => [],
        )
      },
  )
}

/** What Cloudflare adds to each message. */
const METADATA_BYTES = 100

const bodyBytes = (body: unknown): number =>
  (body instanceof ArrayBuffer || ArrayBuffer.isView(body)
    ? body.byteLength
    : utf8Bytes(JSON.stringify(body) ?? '')) + METADATA_BYTES

interface SendOptions {
  delaySeconds?: number
}

const connected = <Result>(ask: () => Promise<Result>): Promise<Result> => current()?.connected(ask) ?? ask()

function limitQueue(queue: Queue): void {
  const prototype = Object.getPrototypeOf(queue)
  if (!isNew(prototype)) return
  const check = (
    messages: readonly (SendOptions & { body: unknown })[],
    options: SendOptions | undefined,
    prefix: string,
  ) => {
    const invocation = current()
    if (!invocation) return
    invocation.countService(prefix)
    invocation.check('queueBatchMessages', messages.length, prefix + refusals.batchCount)
    let total = 0
    for (const { body, delaySeconds } of messages) {
      const bytes = bodyBytes(body)
      total += bytes
      invocation.check('queueMessageBytes', bytes, prefix + refusals.message)
      invocation.check(
        'queueDelaySeconds',
        delaySeconds ?? options?.delaySeconds ?? 0,
        prefix + refusals.delay,
      )
    }
    invocation.check('queueBatchBytes', total, prefix + refusals.batchBytes)
  }
  around(
    prototype,
    'send',
    (real) =>
      async function (this: unknown, ...args) {
        const [body, options] = args as unknown as [unknown, SendOptions | undefined]
        check([{ body }], options, 'Queue send failed: ')
        return connected(() => Reflect.apply(real, this, args) as Promise<unknown>)
      },
  )
  around(
    prototype,
    'sendBatch',
    (real) =>
      async function (this: unknown, ...args) {
        const [messages, options] = args as unknown as [Iterable<{ body: unknown }>, SendOptions | undefined]
        const all = [...messages]
        check(all, options, 'Queue sendBatch failed: ')
        return connected(() => Reflect.apply(real, this, [all, options] as never[]) as Promise<unknown>)
      },
  )
}

/** Counts every call of an object or another Worker, whose methods come from a proxy of the runtime's. */
function limitStub<Stub extends object>(stub: Stub): Stub {
  return new Proxy(stub, {
    get(target, name) {
      const member = (target as Record<string | symbol, unknown>)[name]
      if (typeof member !== 'function' || name === 'constructor') return member
      return (...args: unknown[]) => {
        current()?.countService()
        // Not `apply`: the runtime would take it for the name of a method of the object.
        return (target as Record<string | symbol, (...args: unknown[]) => unknown>)[name]?.(...args)
      }
    },
  })
}

function limitNamespace(namespace: DurableObjectNamespace): void {
  const prototype = Object.getPrototypeOf(namespace)
  if (!isNew(prototype)) return
  for (const name of ['get', 'getByName'])
    around(
      prototype,
      name,
      (real) =>
        function (this: unknown, ...args) {
          return limitStub(Reflect.apply(real, this, args) as object)
        },
    )
}

/** A fetch that counts its requests and waits for a free connection. */
export const limitFetch = (real: typeof fetch): typeof fetch =>
  async function limited(input, init) {
    const invocation = current()
    if (!invocation) return real(input, init)
    invocation.countFetch()
    const response = await invocation.fetching(() => real(input, init))
    if (response.redirected) invocation.countFetch()
    return response
  }

/** Patches the global fetch before a module keeps a reference to it. */
export function limitGlobalFetch(): void {
  if (isNew(state())) globalThis.fetch = limitFetch(globalThis.fetch.bind(globalThis))
}

/** Enforces the limits on everything in an environment; D1, queues and objects are patched for the whole isolate. */
export function limitBindings(env: object): void {
  for (const [name, binding] of Object.entries(env) as [string, unknown][]) {
    if (typeof binding !== 'object' || binding === null) continue
    const kind = Object.getPrototypeOf(binding)?.constructor?.name
    if (kind === 'D1Database') limitD1(binding as D1Database)
    else if (kind === 'WorkerQueue') limitQueue(binding as Queue)
    else if (kind === 'DurableObjectNamespace') limitNamespace(binding as DurableObjectNamespace)
    else if (kind === 'Fetcher' && isNew(binding)) {
      const limited = limitStub(binding)
      state().patched.add(limited)
      Reflect.set(env, name, limited)
    }
  }
}

/** What is handed to `waitUntil` belongs to the invocation. @param context of a handler or an object */
export function limitContext(context: { waitUntil(work: Promise<unknown>): void }): void {
  const prototype = Object.getPrototypeOf(context)
  if (!isNew(prototype)) return
  around(
    prototype,
    'waitUntil',
    (real) =>
      function (this: unknown, ...args) {
        current()?.alsoWaitFor(Promise.resolve(args[0]))
        return Reflect.apply(real, this, args)
      },
  )
}

/** Patches the storage of an object: its SQL has D1's limits on a statement. */
export function limitStorage(storage: DurableObjectStorage): void {
  const prototype = Object.getPrototypeOf(storage.sql)
  if (!isNew(prototype)) return
  around(
    prototype,
    'exec',
    (real) =>
      function (this: unknown, ...args) {
        const [sql, ...params] = args as unknown as [string, ...unknown[]]
        const invocation = current()
        if (invocation) {
          invocation.check('d1SqlBytes', utf8Bytes(sql), refusals.sql)
          invocation.check('d1Parameters', params.length, refusals.parameters)
          for (const param of params) invocation.check('objectValueBytes', valueBytes(param), refusals.value)
        }
        return Reflect.apply(real, this, args)
      },
  )
}
