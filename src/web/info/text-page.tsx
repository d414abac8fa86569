import type { BotLink } from '../bot-link.ts'
import { Page } from '../document.tsx'
import { OpenBot } from '../open-bot.tsx'
import type { Site } from '../site.ts'

/** A page of words: how it works, privacy. */
export const TextPage = ({
  site,
  text,
  bot = null,
}: {
  site: Site
  text: 'how' | 'privacy'
  bot?: BotLink | null
}) => {
  const { title, description, sections } = site.info[text]
  return (
    <Page site={site} title={`${title} · Sportello`} description={description}>
      <article class="prose">
        <h1>{title}</h1>
        <OpenBot site={site} bot={bot} />
        {sections.map(([heading, paragraph]) => (
          <section>
            <h2>{heading}</h2>
            <p>{paragraph}</p>
          </section>
        ))}
      </article>
    </Page>
  )
}
