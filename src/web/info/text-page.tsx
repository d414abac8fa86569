import { Page } from '../document.tsx'
import type { Site } from '../site.ts'

/** A page of words: how it works, privacy. */
export const TextPage = ({ site, text }: { site: Site; text: 'how' | 'privacy' }) => {
  const { title, description, sections } = site.info[text]
  return (
    <Page site={site} title={`${title} · Sportello`} description={description}>
      <article class="prose">
        <h1>{title}</h1>
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
