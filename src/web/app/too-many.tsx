import { textsIn } from '../../texts/index.ts'
import { AppPage } from './app-page.tsx'
import type { Visit } from './visit.ts'

/** The page for a reached rate limit: asks to wait. */
export const TooManyPage = ({ visit }: { visit: Visit }) => {
  const { name } = visit.texts
  return (
    <AppPage visit={visit} title={name} problem={textsIn(visit.chat.language).common.tooMany}>
      <h1>{name}</h1>
    </AppPage>
  )
}
