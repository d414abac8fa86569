import { Hono } from 'hono'
import { feedPath } from '../../../sport/ical.ts'
import { AppPage, Up } from '../app-page.tsx'
import type { AppContext, AppTypes, Visit } from '../visit.ts'
import { requestKey, SPORT, SportForm, textsOf, withAnswer } from './sport-visit.tsx'

const PATH = `${SPORT}/calendario`

const FeedPage = ({
  visit,
  address,
  notice,
}: {
  visit: Visit
  address: string | null
  notice?: string | undefined
}) => {
  const { feed: t, title } = textsOf(visit).appSport
  return (
    <AppPage visit={visit} title={t.title} notice={notice}>
      <Up href={SPORT}>{title}</Up>
      <h1>{t.title}</h1>
      <p>{t.offer}</p>
      {address === null ? (
        <SportForm visit={visit} action={PATH} class="actions">
          <button type="submit" name="do" value="create">
            {t.create}
          </button>
        </SportForm>
      ) : (
        <>
          <div class="group stack">
            <label>
              {t.address}
              <input value={address} readonly class="address" />
            </label>
            <p class="actions">
              <a class="button" href={address.replace(/^https?:/, 'webcal:')}>
                {t.subscribe}
              </a>
            </p>
            <p class="soft">{t.how}</p>
          </div>
          <SportForm visit={visit} action={PATH} class="actions">
            <button type="submit" name="do" value="revoke" class="quiet">
              {t.revoke}
            </button>
          </SportForm>
        </>
      )}
    </AppPage>
  )
}

const show = (c: AppContext): Promise<Response> =>
  withAnswer(
    c,
    (student) => student.account(),
    async ({ hasFeed }) => {
      const visit = c.get('visit')
      const { revoked } = textsOf(visit).appSport.feed
      if (!hasFeed) {
        const notice = c.req.query('done') === 'revoked' ? revoked : undefined
        return c.html(<FeedPage visit={visit} address={null} notice={notice} />)
      }
      const origin = visit.settings.PUBLIC_URL ?? new URL(c.req.url).origin
      return withAnswer(
        c,
        (student) => student.feedToken(),
        (token) => c.html(<FeedPage visit={visit} address={`${origin}${feedPath(visit.chat.id, token)}`} />),
      )
    },
  )

/** The private calendar feed: made, shown, revoked. */
export const feedPage = new Hono<AppTypes>().get(PATH, show).post(PATH, (c) => {
  const form = c.get('form')
  return form.get('do') === 'revoke'
    ? withAnswer(
        c,
        (student) => student.revokeFeed(requestKey(form)),
        () => c.redirect(`${PATH}?done=revoked`, 303),
      )
    : withAnswer(
        c,
        (student) => student.feedToken(),
        () => c.redirect(PATH, 303),
      )
})
