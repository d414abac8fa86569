import type { BotLink } from './bot-link.ts'
import type { Site } from './site.ts'

/** The button that opens the chat with the bot; nothing while its name is not known. */
export const OpenBot = ({ site, bot }: { site: Site; bot: BotLink | null }) =>
  bot && (
    <p class="actions">
      <a class="button" href={bot()} rel="noopener">
        {site.texts.openBot}
      </a>
    </p>
  )
