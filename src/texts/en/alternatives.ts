import type { Texts } from '../texts.ts'

/** Other ways to a passport, for provinces without places. */
export const alternatives: Texts['alternatives'] = {
  none: (province) =>
    `🕰 ${province}: I have seen no places for at least two weeks. In the meantime you can try this:`,
  post: '📮 The post office. Many post offices, above all in small towns (the Polis project), take passport requests, also for minors, without the portal; the passport can be delivered to your home.',
  agenda:
    '✈️ The priority agenda. If you leave within 30 days, the portal has separate appointments: only in the province where you are resident, and at the counter you must prove your departure.',
  goOn: 'I keep checking: if a place frees up I tell you.',
  postLink: '📮 Poste Italiane',
  agendaLink: '✈️ The police portal',
}
