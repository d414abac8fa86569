import { ago } from '../platform/ago.ts'
import type { Site } from './site.ts'

/** How long ago an instant (epoch ms) was; a page's script updates it while the page is open. */
export const Ago = ({ site, at, id }: { site: Site; at: number; id?: string }) => (
  <time id={id} datetime={new Date(at).toISOString()} data-ago={at}>
    {ago(site.language, site.now - at)}
  </time>
)
