import { Page } from './document.tsx'
import type { Site } from './site.ts'

const Notice = ({ site, title, text }: { site: Site; title: string; text: string }) => (
  <Page site={site} title={title} hidden>
    <article class="prose">
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        <a class="button" href={site.href('/')}>
          {site.texts.notFound.back}
        </a>
      </p>
    </article>
  </Page>
)

/** No such page. */
export const NotFoundPage = ({ site }: { site: Site }) => <Notice site={site} {...site.texts.notFound} />

/** A page that failed. */
export const BrokenPage = ({ site }: { site: Site }) => <Notice site={site} {...site.texts.broken} />
