import type { InlineKeyboardButton } from 'grammy/types'
import type { Message } from '../../delivery/content.ts'
import { lines, toMessage } from '../../delivery/message.ts'
import type { Texts } from '../../texts/index.ts'
import { provinceName } from '../provinces/provinces.ts'

/** The post office's own pages. */
const POST_OFFICE = 'https://www.poste.it/'

/** Links to the official pages of the alternatives. @param portalOrigin the portal has the priority agenda too */
export const alternativeLinks = ({ alternatives }: Texts, portalOrigin: string) => [
  { text: alternatives.postLink, url: POST_OFFICE },
  { text: alternatives.agendaLink, url: portalOrigin },
]

/** The row of their buttons. */
export const alternativeButtons = (texts: Texts, portalOrigin: string): InlineKeyboardButton[] =>
  alternativeLinks(texts, portalOrigin)

/** The message that mentions other ways to a passport, where a province had no slot for 14 days. */
export function alternativesMessage(texts: Texts, province: string, portalOrigin: string): Message {
  const { none, post, agenda, goOn } = texts.alternatives
  const text = lines(none(provinceName(province)), '', post, '', agenda, '', goOn)
  return toMessage(text, [alternativeButtons(texts, portalOrigin)])
}
