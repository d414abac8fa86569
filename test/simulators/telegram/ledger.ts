/** What the server accepted, with its time (epoch ms) on the server's clock. */
export interface LedgerEntry {
  at: number
  kind: 'sent' | 'edited' | 'deleted' | 'answered'
  method: string
  chatId: number
  /** 0 for an answer to a button. */
  messageId: number
  text: string
  silent: boolean
  /** Accepted, but the connection broke before the answer: the bot cannot know. */
  answerLost: boolean
}

/** A call that was refused: what and why. Time in epoch ms. */
export interface RefusalEntry {
  at: number
  method: string
  chatId: number | string | undefined
  code: number
  description: string
  /** Seconds, for a 429. */
  retryAfter: number | undefined
}

/** The ledger of truth: everything accepted and everything refused, in order. */
export class Ledger {
  readonly accepted: LedgerEntry[] = []
  readonly refused: RefusalEntry[] = []
  /** Calls of each method, refused ones included. */
  readonly calls = new Map<string, number>()

  /** Messages accepted (edits, deletions and answers left out). */
  get sent(): LedgerEntry[] {
    return this.accepted.filter((entry) => entry.kind === 'sent')
  }

  /** The 429s. */
  get tooMany(): RefusalEntry[] {
    return this.refused.filter((entry) => entry.code === 429)
  }

  countCall(method: string): void {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1)
  }

  /** Forgets everything so far. */
  clear(): void {
    this.accepted.length = 0
    this.refused.length = 0
    this.calls.clear()
  }
}
