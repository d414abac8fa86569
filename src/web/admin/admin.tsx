import { Hono } from 'hono'
import { SECOND } from '../../platform/time.ts'
import type { AppTypes } from '../app/visit.ts'
import { NotFoundPage } from '../errors.tsx'
import { keepAliveOf, memo } from '../memo.ts'
import { type Dashboard, readDashboard } from './admin-data.ts'
import { AdminPage } from './admin-page.tsx'
import type { Span } from './periods.ts'

/** The operators' dashboard; 404 for anyone else. */
export function adminPage() {
  const dashboards = memo<Dashboard>(10 * SECOND, 2)
  return new Hono<AppTypes>().get('/admin', async (c) => {
    const visit = c.get('visit')
    if (!visit.isAdmin) return c.html(<NotFoundPage site={visit.site} />, 404)
    const span: Span = c.req.query('periodo') === 'mese' ? 'month' : 'day'
    const dashboard = await dashboards(
      span,
      visit.site.now,
      () => readDashboard(visit.db, span, visit.site.now),
      keepAliveOf(c),
    )
    return c.html(<AdminPage visit={visit} dashboard={dashboard} span={span} />)
  })
}
