import type { Texts } from '../texts.ts'

export const poller: Texts['poller'] = {
  suspiciousList: {
    'no-offices': (province) =>
      `⚠️ ${province}: the portal suddenly lists no office at all. Nothing is taken as closed for now: I will look again in a few minutes.`,
    shrunken: (province) =>
      `⚠️ ${province}: the portal suddenly lists less than half of its offices. Nothing is taken as closed for now: I will look again in a few minutes.`,
  },
  portalSilent:
    '⚠️ All provinces are empty at the same moment: the portal may be refusing me. Nothing is taken as closed for now: I will look again in a few minutes.',
}
