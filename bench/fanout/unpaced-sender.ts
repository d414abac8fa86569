/** The input of a sender without a pacer. */
export interface UnpacedOptions {
  /** Address of the Bot API with the token: `…/botTOKEN`. */
  api: string
  chatIds: readonly number[]
  text: string
  /** Says when to give up: unpaced senders may never end. */
  isOver(): boolean
}

const SENDERS = 3

/**
 * Sends one message to each chat as the first version of this bot did: three independent senders take messages from one
 * queue, without pacing; a rejected message returns to the queue at once.
 * @returns how many were accepted
 */
export async function sendUnpaced({ api, chatIds, text, isOver }: UnpacedOptions): Promise<number> {
  const queue = [...chatIds]
  let next = 0
  let accepted = 0
  const sender = async () => {
    while (next < queue.length && !isOver()) {
      const chatId = queue[next++] ?? 0
      const response = await fetch(`${api}/sendMessage`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chat_id: chatId, text }),
      })
      await response.arrayBuffer()
      if (response.ok) accepted++
      else queue.push(chatId)
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, sender))
  return accepted
}
