/** Logs each call of a sender's object, and lets one of them die with some that Telegram never got. */
import { DurableObject } from 'cloudflare:workers'
import { OPEN_EACH } from '../../src/delivery/channels/telegram/telegram-channel.ts'

/** Begins the log line of a call; the object's name follows. */
const CALLED = 'sender-called '

type Sender = new (ctx: DurableObjectState, env: object) => DurableObject & { send(call: unknown): unknown }

export function wrap(exports: Record<string, unknown>, { name, atCall }: { name: string; atCall: number }) {
  const Real = exports.Sender as Sender
  let calls = 0
  let held = 0
  let died = false
  class Dying extends DurableObject<object> {
    readonly #real: InstanceType<Sender>

    constructor(ctx: DurableObjectState, env: object) {
      super(ctx, env)
      this.#real = new Real(ctx, env)
    }

    send(call: unknown) {
      const own = String(this.ctx.id.name)
      console.log(CALLED + own)
      if (own !== name || died || ++calls < atCall) return this.#real.send(call)
      // Once all that it may have open are such calls, the answers to those before have reached the run.
      if (++held === OPEN_EACH) {
        died = true
        this.ctx.abort('the sender dies')
      }
      return new Promise(() => undefined)
    }
  }
  return { ...exports, Sender: Dying }
}
