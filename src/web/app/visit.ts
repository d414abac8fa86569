import type { Context } from 'hono'
import type { EdgeEnv } from '../../bindings.d.ts'
import { type Chat, chatQuery, newChat, readChat } from '../../chats/chat-row.ts'
import { admissionOf, admit } from '../../chats/request-limits.ts'
import { connect, type Database, type Statement, transact } from '../../db/database.ts'
import { channelOf } from '../../delivery/channels/channel.ts'
import { type Follow, followsQuery, readFollows } from '../../passport/follow/follows.ts'
import { savePreferences } from '../../passport/follow/preferences-patch.ts'
import type { Settings } from '../../platform/config.ts'
import { type Texts, textsIn } from '../../texts/index.ts'
import { type Site, siteIn } from '../site.ts'
import type { Session } from './app-session.ts'

/** The settings that the app's pages read. */
export type AppSettings = Pick<
  Settings,
  'TELEGRAM_BOT_TOKEN' | 'ENCRYPTION_KEY' | 'ADMIN_IDS' | 'SPORT_USER_IDS' | 'PUBLIC_URL' | 'PORTAL_ORIGIN'
>

/** One request of a person whom Telegram authenticated, or of a browser that gets Web Push. */
export interface Visit {
  session: Session
  settings: AppSettings
  site: Site
  texts: Texts['app']
  db: Database
  /** The person's private chat with the bot: its id is the user's. */
  chat: Chat
  /**
   * The chat refuses the bot's messages: its alerts are suspended until the person writes, or changes something here.
   */
  silent: boolean
  follows: Follow[]
  /** The person's rate limit is reached: ask them to wait. */
  refused: boolean
  isAdmin: boolean
  maySport: boolean
  trace: string
  /** The sections that this person sees, for the tabs. */
  tabs: readonly Tab[]
}

/** A section of the app, as its tab shows it. */
export interface Tab {
  path: string
  label: (texts: Texts['app']) => string
  visible: (visit: Pick<Visit, 'isAdmin' | 'maySport'>) => boolean
}

/** Hono's types for the app's pages. `form` is there in a POST, its origin and token checked. */
export type AppTypes = { Bindings: EdgeEnv; Variables: { visit: Visit; form: FormData } }
export type AppContext = Context<AppTypes>

/** Reads the visitor, in one round trip that also takes the visit's cost; operators have no limit. */
export async function readVisit(
  c: Context<AppTypes>,
  session: Session,
  options: { settings: AppSettings; tabs: readonly Tab[]; now: number; trace: string },
): Promise<Visit> {
  const { settings, tabs, now, trace } = options
  const db = connect(c.env.DB)
  const { userId } = session
  const isBrowser = channelOf(userId) === 'web-push'
  const who = {
    isAdmin: settings.ADMIN_IDS.has(userId),
    maySport: !isBrowser && (settings.SPORT_USER_IDS === 'everyone' || settings.SPORT_USER_IDS.has(userId)),
  }
  const [chats, follows, ...admitted] = await transact(db, [
    chatQuery(userId),
    followsQuery(userId),
    ...(who.isAdmin ? [] : admit({ chatId: userId, userId }, now)),
  ])
  const row = chats?.results[0]
  const identity = { id: session.userId, kind: isBrowser ? 'browser' : 'private' } as const
  const chat = row
    ? readChat(row, identity, now).chat
    : { ...newChat(identity, now), language: session.language }
  return {
    session,
    settings,
    ...who,
    site: siteIn(chat.language, { now, origin: new URL(c.req.url).origin, path: c.req.path }),
    texts: textsIn(chat.language).app,
    db,
    chat,
    silent: row?.status === 'gone',
    refused: admissionOf(admitted) !== 'go',
    follows: readFollows(follows?.results ?? []),
    trace,
    tabs: tabs.filter((tab) => tab.visible(who)),
  }
}

/** The statements that make sure that the person has an active chat row, before other rows refer to it. */
export const welcome = ({ db, chat, site }: Visit): Statement[] => savePreferences(db, chat, {}, site.now)
