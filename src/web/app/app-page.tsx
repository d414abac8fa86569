import type { Child } from 'hono/jsx'
import { Document } from '../document.tsx'
import type { Visit } from './visit.ts'

interface AppPageProps {
  visit: Visit
  title: string
  /** The result of the last form, shown once. */
  notice?: string | undefined
  /** What was wrong with it. */
  problem?: string | undefined
  scripts?: string[]
  /** A wide page: dashboards. */
  wide?: boolean
  /** The page changes by itself: a script reads `#live` again every so many seconds, while the page is visible. */
  live?: number | undefined
  /** Without scripts the browser reloads the page every so many seconds: for pages without input fields. */
  refresh?: number | undefined
  children?: Child
}

/** True when a tab leads to this page, or to the one above it. */
const standing = (here: string, tab: string) =>
  here === tab ? 'page' : here.startsWith(`${tab}/`) ? 'true' : undefined

/** One level up: shown on the page, and what Telegram's own back button follows. */
export const Up = ({ href, children }: { href: string; children?: Child }) => (
  <p class="crumbs">
    <a href={href} data-up>
      <span aria-hidden="true">‹</span> {children}
    </a>
  </p>
)

/** The frame of the Mini App's pages: tabs, then the page. */
export const AppPage = ({
  visit,
  title,
  notice,
  problem,
  scripts,
  wide = false,
  live,
  refresh,
  children,
}: AppPageProps) => {
  const { site, texts: t, tabs, session } = visit
  return (
    <Document
      site={site}
      title={`${title} · ${t.name}`}
      theme={session.theme}
      scripts={scripts ?? ['page-visit.js']}
      refresh={refresh}
      hidden
    >
      <header class="app-top">
        <a class="skip" href="#content">
          {site.texts.skip}
        </a>
        <nav class="tabs" aria-label={t.tabs.label}>
          {tabs.map(({ path, label }) => (
            <a href={path} aria-current={standing(site.path, path)}>
              {label(t)}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" class={wide ? 'app wide' : 'app'} tabindex={-1} data-live={live}>
        {visit.silent && (
          <p class="notice problem">{visit.chat.kind === 'browser' ? t.silentBrowser : t.silent}</p>
        )}
        {notice && (
          <p class="notice" role="status">
            {notice}
          </p>
        )}
        {problem && (
          <p class="notice problem" role="alert">
            {problem}
          </p>
        )}
        {children}
      </main>
    </Document>
  )
}

/** A form with the session's token. */
export const Form = ({
  visit,
  action,
  children,
  ...rest
}: {
  visit: Visit
  action: string
  class?: string
  enctype?: 'multipart/form-data'
  children?: Child
}) => (
  <form method="post" action={action} {...rest}>
    <input type="hidden" name="csrf" value={visit.session.csrf} />
    {children}
  </form>
)
