import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { ApiError, methodNotFound, tooManyRequests } from './api-error.ts'
import type { Fault } from './faults.ts'
import { type Call, Described } from './methods/call.ts'
import { findMethod } from './methods/index.ts'
import { refuseNewFields } from './new-fields.ts'
import { type Parameters, readParameters } from './parameters.ts'
import type { World } from './world.ts'

export interface ServerOptions {
  world: World
  /** Milliseconds that each call takes before it is looked at. */
  latencyMs: () => number
  /** Told when calls begin and end (long polls left out), with how many are under way. */
  onActivity: (underWay: number) => void
}

const refusal = (error: ApiError) => ({
  ok: false,
  error_code: error.code,
  description: error.message,
  ...(error.parameters ? { parameters: error.parameters } : {}),
})

function answer(response: ServerResponse, status: number, body: unknown): void {
  if (response.destroyed) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

/** Runs one call by its name, limits included, and writes refusals into the ledger. */
export async function runCall(
  world: World,
  name: string,
  parameters: Parameters,
  signal: AbortSignal,
  entries: Call['entries'] = [],
): Promise<unknown> {
  const method = findMethod(name)
  const reference = parameters.chatReference()
  try {
    if (!method || world.faults.isOff(name)) throw methodNotFound()
    if (world.faults.refusesNewFields) refuseNewFields(parameters)
    if (method.isLimited && reference !== undefined) {
      const chat = world.findChat(reference)
      const key = chat?.id ?? (typeof reference === 'number' ? reference : 0)
      const wait = world.limits.admit(key, chat?.isGroup ?? key < 0, world.clock.now())
      if (wait !== undefined) throw tooManyRequests(wait)
    }
    return await method.run({ world, method: method.name, parameters, signal, entries })
  } catch (error) {
    if (error instanceof ApiError) noteRefusal(world, name, reference, error)
    throw error
  }
}

function noteRefusal(
  world: World,
  method: string,
  chatId: number | string | undefined,
  error: ApiError,
): void {
  world.ledger.refused.push({
    at: world.clock.now(),
    method,
    chatId,
    code: error.code,
    description: error.message,
    retryAfter: error.parameters?.retry_after,
  })
}

/** The refusal that a fault makes of a call, if it makes one. */
function faultRefusal(fault: Fault | undefined, world: World): ApiError | undefined {
  switch (fault?.type) {
    case 'too-many-requests':
      if (fault.hold) world.limits.penalise(fault.retryAfter, world.clock.now())
      return tooManyRequests(fault.retryAfter)
    case 'server-error':
      return new ApiError(fault.status, fault.status === 502 ? 'Bad Gateway' : 'Internal Server Error')
    case 'refuse':
      return new ApiError(fault.code, fault.description)
    default:
      return undefined
  }
}

async function serveMethod(
  options: ServerOptions,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
) {
  const { world } = options
  const parameters = await readParameters(request, query)
  const hungUp = new AbortController()
  response.on('close', () => hungUp.abort())
  world.ledger.countCall(name)
  world.events.emit({ type: 'call', method: name })
  const latency = options.latencyMs()
  if (latency > 0) await world.clock.sleep(latency)
  const reference = parameters.chatReference()
  const fault = world.faults.take(name, reference)
  if (fault?.type === 'drop-before') {
    request.socket.destroy()
    return
  }
  const refused = faultRefusal(fault, world)
  if (refused) {
    noteRefusal(world, name, reference, refused)
    throw refused
  }
  if (fault?.type === 'slow') await world.clock.sleep(fault.ms)
  const entries: Call['entries'] = []
  const result = await runCall(world, name, parameters, hungUp.signal, entries)
  if (fault?.type === 'drop-after') {
    for (const entry of entries) entry.answerLost = true
    request.socket.destroy()
    return
  }
  // The caller timed out or ended: its close event needs one turn of the event loop.
  await new Promise(setImmediate)
  if (response.destroyed) for (const entry of entries) entry.answerLost = true
  if (result instanceof Described) {
    answer(response, 200, { ok: true, result: result.result, description: result.description })
  } else answer(response, 200, { ok: true, result })
}

/** @throws ApiError when the token in the path is not the bot's */
function checkToken(world: World, token: string): void {
  if (token === world.token) return
  throw /^\d+:[\w-]+$/.test(token) ? new ApiError(401, 'Unauthorized') : new ApiError(404, 'Not Found')
}

async function serve(
  options: ServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { world } = options
  const url = new URL(request.url ?? '/', 'http://telegram')
  const [, kind, token = '', rest = ''] = /^\/(bot|file\/bot)([^/]+)\/(.*)$/.exec(url.pathname) ?? []
  if (kind === undefined) throw new ApiError(404, 'Not Found')
  checkToken(world, token)
  if (kind === 'file/bot') {
    const file = world.files.byPath(rest)
    if (!file) throw new ApiError(404, 'Not Found')
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': file.bytes.length,
    })
    response.end(file.bytes)
    return
  }
  await serveMethod(options, rest.replace(/\/$/, ''), request, response, url.searchParams)
}

/** The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`. */
export function createApiServer(options: ServerOptions): Server {
  let underWay = 0
  const count = (change: number) => {
    underWay += change
    options.onActivity(underWay)
  }
  const server = createServer((request, response) => {
    const isPoll = /\/getupdates\b/i.test(request.url ?? '')
    if (!isPoll) count(1)
    serve(options, request, response)
      .catch((error: unknown) => {
        if (error instanceof ApiError) answer(response, error.code, refusal(error))
        else {
          console.error('telegram simulator', error)
          answer(response, 500, { ok: false, error_code: 500, description: 'Internal Server Error' })
        }
      })
      .finally(() => {
        if (!isPoll) count(-1)
      })
  })
  server.keepAliveTimeout = 75_000
  return server
}
