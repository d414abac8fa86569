import { provinces } from '../../passport/provinces/provinces.ts'
import type { Site } from '../site.ts'

/** The field in which a province is typed; `action` gets it as `q`. @param problem said at the field, which gets the focus */
export const ProvinceSearch = ({
  site,
  action,
  query = '',
  problem,
}: {
  site: Site
  action: string
  query?: string
  problem?: string | undefined
}) => {
  const t = site.texts.map
  return (
    <search>
      <form class="search" action={action}>
        <label for="q">{t.searchLabel}</label>
        <div>
          <input
            id="q"
            name="q"
            type="search"
            list="names"
            autocomplete="off"
            maxlength={100}
            value={query}
            aria-invalid={problem === undefined ? undefined : 'true'}
            aria-describedby={problem === undefined ? undefined : 'q-problem'}
            autofocus={problem !== undefined}
            required
          />
          {action === '/cerca' && site.href('/') !== '/' && (
            <input type="hidden" name="lang" value={site.language} />
          )}
          <button type="submit">{t.search}</button>
        </div>
        {problem !== undefined && (
          <p id="q-problem" class="field-problem">
            {problem}
          </p>
        )}
        <datalist id="names">
          {provinces.map(({ name }) => (
            <option value={name} />
          ))}
        </datalist>
      </form>
    </search>
  )
}
