import { raw } from 'hono/html'
import type { Child } from 'hono/jsx'
import { assetPath } from './assets.ts'
import { inLanguage, type Site } from './site.ts'

interface DocumentProps {
  site: Site
  title: string
  description?: string
  /** Scripts of `src/web/client` that the page loads; every public page works without them. */
  scripts?: string[]
  /** Not for search engines. */
  hidden?: boolean
  /** Without scripts the browser reloads the page after so many seconds. */
  refresh?: number | undefined
  /** Follows Telegram's theme instead of the system's. */
  theme?: 'light' | 'dark' | undefined
  children?: Child
}

/** A whole HTML document: head, and a body of the caller's. */
export const Document = ({
  site,
  title,
  description,
  scripts = [],
  hidden = false,
  theme,
  refresh,
  children,
}: DocumentProps) => (
  <>
    {raw('<!doctype html>')}
    <html lang={site.language} data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <title>{title}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme ?? 'light dark'} />
        <meta name="theme-color" content="#fbfaf7" media="(prefers-color-scheme: light)" />
        <meta name="theme-color" content="#0f1513" media="(prefers-color-scheme: dark)" />
        {description && <meta name="description" content={description} />}
        {hidden && <meta name="robots" content="noindex" />}
        {refresh !== undefined && (
          <noscript>
            <meta http-equiv="refresh" content={String(refresh)} />
          </noscript>
        )}
        <link rel="icon" href="/assets/icon.svg" type="image/svg+xml" />
        <link rel="apple-touch-icon" href="/assets/icon-180.png" />
        <link rel="manifest" href="/assets/app.webmanifest" />
        <link rel="stylesheet" href={assetPath('site.css')} />
        {scripts.map((name) => (
          <script src={assetPath(name)} defer />
        ))}
      </head>
      <body>{children}</body>
    </html>
  </>
)

const Header = ({ site }: { site: Site }) => {
  const { texts: t, href } = site
  const here = (path: string) => (site.path === path ? ('page' as const) : undefined)
  const other = site.language === 'it' ? 'en' : 'it'
  return (
    <header class="top">
      <a class="skip" href="#content">
        {t.skip}
      </a>
      <a class="brand" href={href('/')} aria-current={here('/')}>
        Sportello
      </a>
      <nav aria-label={t.nav.label}>
        <a href={href('/come-funziona')} aria-current={here('/come-funziona')}>
          {t.nav.how}
        </a>
        <a href={href('/stato')} aria-current={here('/stato')}>
          {t.nav.status}
        </a>
        <a class="language" href={inLanguage(site, other)} lang={other} hreflang={other}>
          {t.nav.otherLanguage}
        </a>
      </nav>
    </header>
  )
}

const Footer = ({ site }: { site: Site }) => (
  <footer class="foot">
    <p>{site.texts.footer}</p>
    <p>
      <a href={site.href('/privacy')}>{site.texts.nav.privacy}</a>
    </p>
  </footer>
)

/** The frame of every public page. */
export const Page = ({ children, ...document }: DocumentProps) => (
  <Document {...document}>
    <Header site={document.site} />
    <main id="content" tabindex={-1}>
      {children}
    </main>
    <Footer site={document.site} />
  </Document>
)
