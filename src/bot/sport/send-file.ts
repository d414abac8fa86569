import { InputFile } from 'grammy'
import type { BotContext } from '../context.ts'

/** Sends a text as a file; says so when Telegram would not take it. */
export async function sendFile(
  ctx: BotContext,
  name: string,
  content: string,
  caption: string,
): Promise<void> {
  const file = new InputFile(new TextEncoder().encode(content), name)
  const [sent] = await Promise.all([
    ctx.tryCall('sendDocument', (api) => api.sendDocument(ctx.chatRow.id, file, { caption })),
    ctx.answerPress(),
  ])
  if (!sent.ok) await ctx.say(ctx.view(ctx.texts.sportMenu.fileFailed))
}
