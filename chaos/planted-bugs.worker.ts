/** Plants bugs in a Worker, which the audit must find. */
import type { PlantedBug } from './plan.ts'

/** The title of an alert of new slots, in Italian. */
const ALERT = 'Nuova disponibilità'
/** A digest's title, in Italian. */
const DIGEST = 'Si sono liberati nelle tue ore'

type BookRequest = { requestKey: string }
type Booker = new (...args: never[]) => { book(request: BookRequest): Promise<unknown> }

/** How a request to Telegram or a push service is changed; undefined: not at all. */
type Tampering = 'swallow' | 'take' | 'repeat' | 'spread' | undefined

function tamperingOf(bugs: readonly PlantedBug[], url: string, { body, headers }: Sent): Tampering {
  const isMessage = url.endsWith('/sendMessage')
  const isAlert = isMessage && body.includes(ALERT)
  // A push message cannot be read here; one about slots is kept for half an hour.
  const isPush = headers.get('TTL') === '1800'
  if (bugs.includes('lost-alert') && isAlert && isLosing(body)) return 'swallow'
  if (bugs.includes('lost-push') && isPush) return 'take'
  if (bugs.includes('astray') && isAlert) return 'spread'
  if (bugs.includes('lost-digest') && isMessage && body.includes(DIGEST)) return 'swallow'
  if (bugs.includes('duplicate') && isAlert) return 'repeat'
  if (bugs.includes('missed-edit') && url.endsWith('/editMessageText')) return 'swallow'
  return undefined
}

/** Every fourth chat loses its alerts: one that is lost is never edited, and a missed edit has to be found beside it. */
const isLosing = (body: string): boolean => (JSON.parse(body) as { chat_id: number }).chat_id % 4 === 0

interface Sent {
  body: string
  headers: Headers
}

function tamperWithFetch(bugs: readonly PlantedBug[]): void {
  const real = globalThis.fetch
  let swallowed = 0
  let lastChat: unknown
  globalThis.fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : ''
    const tampering = tamperingOf(bugs, String(input), { body, headers: new Headers(init?.headers) })
    if (tampering === 'take') return new Response(null, { status: 201 })
    if (tampering === 'spread') {
      // To its chat, and to the chat of the alert before.
      const message = JSON.parse(body) as { chat_id: unknown }
      const other = lastChat ?? message.chat_id
      lastChat = message.chat_id
      if (other !== lastChat)
        await real(input, { ...init, body: JSON.stringify({ ...message, chat_id: other }) })
    }
    if (tampering === 'swallow') {
      // As if Telegram had accepted it, under an id of its own.
      const result = { message_id: 1_000_000 + swallowed++, date: 1, chat: { id: 1, type: 'private' } }
      return Response.json({ ok: true, result })
    }
    if (tampering === 'repeat') await real(input, init)
    return real(input, init)
  }
}

/** An object that accepts bookings and forgets them. */
function forgetful(Student: Booker): Booker {
  return class extends Student {
    override async book(_request: BookRequest) {
      return { ok: true, value: { actionId: 1 } }
    }
  }
}

export function wrap(
  exports: Record<string, unknown>,
  { bugs, worker }: { bugs: readonly PlantedBug[]; worker: string },
): Record<string, unknown> {
  if (bugs.includes('forgotten-booking') && worker === 'booking')
    return { ...exports, Student: forgetful(exports.Student as Booker) }
  if (worker === 'dispatcher') tamperWithFetch(bugs)
  return exports
}
