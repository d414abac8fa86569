import { isIP } from 'node:net'
import { ApiError, badRequest } from '../api-error.ts'
import { seconds } from '../api-view.ts'
import type { World } from '../world.ts'
import { type Call, Described, type Method } from './call.ts'

const DEFAULT_CONNECTIONS = 40
const LONGEST_POLL_SECONDS = 50

function allowedUpdates(call: Call): string[] | undefined {
  const given = call.parameters.json('allowed_updates', 'allowed_updates JSON array')
  return Array.isArray(given) ? given.filter((kind) => typeof kind === 'string') : undefined
}

/** The polls that wait now, newest last: a new one ends those before it. */
const polls = new WeakMap<World, AbortController>()

async function getUpdates(call: Call) {
  const { parameters, world, signal } = call
  if (world.webhook?.settings) {
    throw new ApiError(
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    )
  }
  polls.get(world)?.abort()
  const mine = new AbortController()
  polls.set(world, mine)
  const allowed = allowedUpdates(call)
  if (allowed) world.updates.allow(allowed)
  const offset = parameters.integer('offset') ?? 0
  const limit = Math.min(100, Math.max(1, parameters.integer('limit') ?? 100))
  if (offset > 0) world.updates.acknowledgeBefore(offset)
  else if (offset < 0) {
    const first = world.updates.pending().at(offset)?.update.update_id
    if (first !== undefined) world.updates.acknowledgeBefore(first)
  }
  const timeout = Math.min(LONGEST_POLL_SECONDS, Math.max(0, parameters.integer('timeout') ?? 0))
  if (world.updates.size === 0 && timeout > 0) {
    await waitForUpdate(world, timeout * 1_000, AbortSignal.any([signal, mine.signal]))
  }
  if (mine.signal.aborted) {
    throw new ApiError(
      409,
      'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    )
  }
  return world.updates
    .pending()
    .slice(0, limit)
    .map(({ update }) => update)
}

/** Real time, whatever the server's clock: a poll hangs on a socket. */
function waitForUpdate(world: World, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer)
      stop()
      resolve()
    }
    const timer = setTimeout(finish, ms)
    const stop = world.updates.added.listen(finish)
    signal.addEventListener('abort', finish, { once: true })
    if (signal.aborted) finish()
  })
}

/** https as Telegram asks; http is taken too, as a Bot API server of one's own (`--local`) does. */
function checkAddress(text: string): string {
  const bad = (why: string) => badRequest(`bad webhook: ${why}`)
  if (!URL.canParse(text)) throw bad('invalid URL specified')
  const url = new URL(text)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = url.protocol === 'http:' && (isIP(host) !== 0 || host === 'localhost')
  if (url.protocol !== 'https:' && !isLocal) throw bad('An HTTPS URL must be provided for webhook')
  if (!isLocal && url.port !== '' && !['443', '80', '88', '8443'].includes(url.port)) {
    throw bad('Webhook can be set up only on ports 80, 88, 443 or 8443')
  }
  return text
}

function setWebhook(call: Call) {
  const { parameters, world } = call
  const url = parameters.text('url')
  if (url === '') return deleteWebhook(call)
  const secretToken = parameters.text('secret_token')
  if (!/^[\w-]{0,256}$/.test(secretToken)) throw badRequest('secret token contains unallowed characters')
  const maxConnections = parameters.integer('max_connections') ?? DEFAULT_CONNECTIONS
  if (maxConnections < 1 || maxConnections > 100)
    throw badRequest('max_connections must be between 1 and 100')
  const allowed = allowedUpdates(call)
  if (allowed) world.updates.allow(allowed)
  if (parameters.flag('drop_pending_updates')) world.updates.clear()
  const before = world.webhook?.settings
  const settings = {
    url: checkAddress(url),
    secretToken,
    maxConnections,
    allowedUpdates: world.updates.allowed,
  }
  const isSame = before && JSON.stringify(before) === JSON.stringify(settings)
  if (!isSame) world.webhook?.change(settings)
  return new Described(true, isSame ? 'Webhook is already set' : 'Webhook was set')
}

function deleteWebhook({ parameters, world }: Call) {
  if (parameters.flag('drop_pending_updates')) world.updates.clear()
  const wasSet = world.webhook?.settings !== undefined
  if (wasSet) world.webhook?.change(undefined)
  return new Described(true, wasSet ? 'Webhook was deleted' : 'Webhook is already deleted')
}

function getWebhookInfo({ world }: Call) {
  const { settings, lastErrorAt, lastError } = world.webhook ?? {}
  return {
    url: settings?.url ?? '',
    has_custom_certificate: false,
    pending_update_count: world.updates.size,
    ...(settings ? { max_connections: settings.maxConnections, ip_address: '127.0.0.1' } : {}),
    ...(lastErrorAt === undefined
      ? {}
      : { last_error_date: seconds(lastErrorAt), last_error_message: lastError ?? '' }),
    ...(world.updates.allowed.length > 0 ? { allowed_updates: world.updates.allowed } : {}),
  }
}

export const updates: Record<string, Method> = {
  getUpdates: { run: getUpdates },
  setWebhook: { run: setWebhook },
  deleteWebhook: { run: deleteWebhook },
  getWebhookInfo: { run: getWebhookInfo },
}
