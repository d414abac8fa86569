import { sql } from 'drizzle-orm'
import { spend } from '../../chats/chat-row.ts'
import { transact } from '../../db/database.ts'
import { textsIn } from '../../texts/index.ts'
import { AppPage } from './app-page.tsx'
import { type AppContext, welcome } from './visit.ts'

/** Does something that costs the store, the portal or the browser, as long as the person's chat may: see `spend`. */
export async function costly(
  c: AppContext,
  seconds: number,
  act: () => Response | Promise<Response>,
): Promise<Response> {
  const visit = c.get('visit')
  const { chat, db, site, texts } = visit
  const until = spend(chat, seconds, site.now)
  if (until === null) {
    const { tooMany } = textsIn(chat.language).common
    return c.html(
      <AppPage visit={visit} title={texts.name} problem={tooMany}>
        <h1>{texts.name}</h1>
      </AppPage>,
      429,
    )
  }
  await transact(db, [...welcome(visit), sql`UPDATE chats SET heavy_until = ${until} WHERE id = ${chat.id}`])
  return act()
}
