import { provinces, regions } from '../../passport/provinces/provinces.ts'
import { Ago } from '../ago-time.tsx'
import type { BotLink } from '../bot-link.ts'
import { Page } from '../document.tsx'
import { OpenBot } from '../open-bot.tsx'
import type { Site } from '../site.ts'
import { Italy, Legend } from './italy.tsx'
import { ProvinceSearch } from './province-search.tsx'
import type { MapView } from './shape.ts'
import { stateIn, unwatchedTile } from './view.ts'

const OpenList = ({ site, view }: { site: Site; view: MapView }) => (
  <section aria-labelledby="open-heading">
    <h2 id="open-heading">{site.texts.map.openNow}</h2>
    <ul id="open" class="open-list">
      {view.open.map((one) => (
        <li>
          <a href={one.href} data-code={one.code}>
            <b>{one.name}</b>
            <span class="places">{one.places}</span>
            <span class="detail">{one.detail}</span>
          </a>
        </li>
      ))}
    </ul>
    <p id="open-none" class="soft" hidden={view.open.length > 0}>
      {site.texts.map.openNowNone}
    </p>
    <p>
      <a id="open-more" href="#all" hidden={view.more === ''}>
        {view.more}
      </a>
    </p>
  </section>
)

/** The map's words: every province in a table, by region. */
const AllProvinces = ({ site, view }: { site: Site; view: MapView }) => {
  const t = site.texts.map
  const watched = new Map(view.tiles.map((tile) => [tile.code, tile]))
  return (
    <details id="all" class="all">
      <summary>{t.all}</summary>
      <div class="regions">
        {regions.map((region) => (
          <table>
            <caption>{region}</caption>
            <thead class="visually-hidden">
              <tr>
                <th scope="col">{t.province}</th>
                <th scope="col">{t.state}</th>
              </tr>
            </thead>
            <tbody>
              {provinces
                .filter((province) => province.region === region)
                .map(({ code, name }) => {
                  const tile = watched.get(code) ?? unwatchedTile(site, code)
                  return (
                    <tr>
                      <th scope="row">
                        <a href={site.href(`/p/${code}`)}>{name}</a>
                      </th>
                      <td data-row-of={code}>{stateIn(tile.label)}</td>
                    </tr>
                  )
                })}
            </tbody>
          </table>
        ))}
      </div>
    </details>
  )
}

/** The first page: Italy now. */
export const MapPage = ({ site, view, bot }: { site: Site; view: MapView; bot: BotLink | null }) => {
  const t = site.texts.map
  return (
    <Page site={site} title={t.title} description={t.description} scripts={['page-map.js']}>
      <div
        class="home"
        data-live={`/map.json?lang=${site.language}`}
        data-now={site.now}
        data-unwatched={t.levels.unwatched}
      >
        <div class="intro">
          <h1>{t.heading}</h1>
          <p class="lead">{t.lead}</p>
          <p id="summary" class="summary">
            {view.summary}
          </p>
          <p class="soft">
            {t.read}{' '}
            <span id="read">{view.readAt === null ? t.never : <Ago site={site} at={view.readAt} />}</span>.{' '}
            <span class="with-script">{t.updates}</span>
            <span id="offline" class="warning" role="status" data-text={t.offline}></span>
          </p>
          <ProvinceSearch site={site} action="/cerca" />
          <OpenBot site={site} bot={bot} />
        </div>
        <div class="chart">
          <p class="visually-hidden with-script" id="keyboard">
            {t.keyboard}
          </p>
          <nav aria-label={t.mapLabel}>
            <Italy site={site} view={view} />
          </nav>
          <Legend site={site} />
        </div>
        <div class="now">
          <OpenList site={site} view={view} />
        </div>
      </div>
      <AllProvinces site={site} view={view} />
      <dialog id="panel" class="panel" aria-labelledby="panel-name">
        <form method="dialog">
          <button type="submit" class="close" aria-label={t.close}>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3 3l10 10M13 3L3 13" />
            </svg>
          </button>
        </form>
        <div id="panel-content"></div>
      </dialog>
    </Page>
  )
}

/** The result of a search that did not find exactly one province. */
export const SearchPage = ({
  site,
  query,
  found,
}: {
  site: Site
  query: string
  found: readonly { code: string; name: string; region: string }[]
}) => {
  const t = site.texts.map
  return (
    <Page site={site} title={t.searchLabel} hidden>
      <article class="prose">
        <h1>{t.searchLabel}</h1>
        <p>{found.length === 0 ? t.searchNone(query) : t.searchMany(query)}</p>
        <ul class="choices">
          {found.map(({ code, name, region }) => (
            <li>
              <a href={site.href(`/p/${code}`)}>{name}</a> <span class="soft">{region}</span>
            </li>
          ))}
        </ul>
        <ProvinceSearch site={site} action="/cerca" query={query} />
      </article>
    </Page>
  )
}
