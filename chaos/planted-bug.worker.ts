/** Plants a bug in a Worker, which the audit must find. */
import type { PlantedBug } from './plan.ts'

/** The title of an alert of new slots, in Italian. */
const ALERT = 'Nuova disponibilità'
/** A digest's title, in Italian. */
const DIGEST = 'Si sono liberati nelle tue ore'

type BookRequest = { requestKey: string }
type Booker = new (...args: never[]) => { book(request: BookRequest): Promise<unknown> }

/** How a request to Telegram is changed; undefined: not at all. */
type Tampering = 'swallow' | 'repeat' | undefined

function tamperingOf(bug: PlantedBug, url: string, body: string): Tampering {
  const isAlert = url.endsWith('/sendMessage') && body.includes(ALERT)
  if (bug === 'lost-alert' && isAlert) return 'swallow'
  if (bug === 'lost-digest' && url.endsWith('/sendMessage') && body.includes(DIGEST)) return 'swallow'
  if (bug === 'duplicate' && isAlert) return 'repeat'
  if (bug === 'missed-edit' && url.endsWith('/editMessageText')) return 'swallow'
  return undefined
}

function tamperWithFetch(bug: PlantedBug): void {
  const real = globalThis.fetch
  let swallowed = 0
  globalThis.fetch = async (input, init) => {
    const body = typeof init?.body === 'string' ? init.body : ''
    const tampering = tamperingOf(bug, String(input), body)
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
  { bug, worker }: { bug: PlantedBug; worker: string },
): Record<string, unknown> {
  if (bug === 'forgotten-booking' && worker === 'booking')
    return { ...exports, Student: forgetful(exports.Student as Booker) }
  if (worker === 'dispatcher') tamperWithFetch(bug)
  return exports
}
