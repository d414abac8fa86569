import type { User } from 'grammy/types'
import { apiMember, asMember, memberUpdate } from './api-view.ts'
import { type BotStatus, Chat, type MemberStatus, type Topic } from './chat.ts'
import { tidy, withFoundEntities } from './formatting/formatted.ts'
import type { ChatMessage } from './message.ts'
import type { Person } from './person.ts'
import type { World } from './world.ts'

/** What groups and channels share: members, and a bot that comes, rises, falls and goes. */
class Gathering extends Chat {
  protected readonly world: World

  constructor(
    world: World,
    id: number,
    type: 'group' | 'supergroup' | 'channel',
    about: { title: string; username?: string | undefined },
  ) {
    super(id, type, about)
    this.world = world
  }

  /** People with administrator's rights, the creator included. */
  get admins(): number[] {
    return [...this.members]
      .filter(([, status]) => status === 'creator' || status === 'administrator')
      .map(([id]) => id)
  }

  isAdmin(userId: number): boolean {
    return this.admins.includes(userId)
  }

  /** `by` puts the bot in, or changes what it may do. */
  setBot(by: Person, after: Exclude<BotStatus, 'stranger' | 'blocked'>): void {
    const before = this.botStatus
    this.botStatus = after
    const { bot, clock, events } = this.world
    const wasIn = before === 'member' || before === 'administrator'
    const isIn = after === 'member' || after === 'administrator'
    const change = memberUpdate(this, by.api, clock.now(), bot, asMember(before), asMember(after))
    this.world.tellBot('my_chat_member', this, change)
    if (this.type !== 'channel' && wasIn !== isIn) {
      this.serve(by, isIn ? { new_chat_members: [bot] } : { left_chat_member: bot })
    }
    events.emit({ type: 'chat', chat: this })
  }

  promoteBot(by: Person): void {
    this.setBot(by, 'administrator')
  }

  kickBot(by: Person): void {
    this.setBot(by, 'kicked')
  }

  /** Changes a member's status: they join, are promoted or demoted, or leave. */
  setMember(person: Person, after: MemberStatus, by: Person = person): void {
    const before = this.members.get(person.id) ?? 'left'
    this.members.set(person.id, after)
    if (this.botStatus === 'administrator') {
      const change = memberUpdate(this, by.api, this.world.clock.now(), person.api, before, after)
      this.world.tellBot('chat_member', this, change)
    }
    this.world.events.emit({ type: 'chat', chat: this })
  }

  /** Everybody's standing as the API shows it, administrators only when asked. */
  apiAdministrators(): Record<string, unknown>[] {
    const people = this.admins.flatMap((id) => {
      const person = this.world.people.get(id)
      return person ? [apiMember(person.api, this.members.get(id) ?? 'member')] : []
    })
    return this.botStatus === 'administrator'
      ? [...people, apiMember(this.world.bot, 'administrator')]
      : people
  }

  /** A service message, e.g. "X added Y". The bot sees those about itself even as it goes. */
  protected serve(by: Person, service: Record<string, unknown>): ChatMessage {
    const message = this.world.post(this, { from: by.id, text: '', entities: [], service })
    this.world.tellBotOfMessage(this, message)
    return message
  }
}

/** A group or supergroup. */
export class Group extends Gathering {
  /** The creator of the group adds the bot. */
  addBot(by: Person, as: 'member' | 'administrator' = 'member'): void {
    this.setBot(by, as)
  }

  /** Somebody joins; the bot sees the service message. */
  join(person: Person): void {
    this.setMember(person, 'member')
    this.serve(person, { new_chat_members: [person.api satisfies User] })
  }

  /** Adds a topic; the first one makes the supergroup a forum. */
  createTopic(by: Person, name: string): Topic {
    if (this.type !== 'supergroup') throw new Error('only a supergroup has topics')
    this.topics ??= new Map()
    // The id of the message is that of the topic.
    const id = this.lastMessageId + 1
    const service = { forum_topic_created: { name, icon_color: 7_322_096 } }
    const message = this.world.post(this, { from: by.id, text: '', entities: [], service, threadId: id })
    const topic: Topic = { id, name, closed: false, deleted: false }
    this.topics.set(id, topic)
    this.world.tellBotOfMessage(this, message)
    return topic
  }

  leave(person: Person): void {
    this.setMember(person, 'left')
    this.serve(person, { left_chat_member: person.api })
  }

  /**
   * The group becomes a supergroup with another id: from here on, writing to the old one is refused with
   * `migrate_to_chat_id`.
   */
  upgrade(by: Person): Group {
    const successor = new Group(this.world, -1_000_000_000_000 + this.id, 'supergroup', {
      title: this.title ?? '',
      username: this.username,
    })
    successor.botStatus = this.botStatus
    for (const [id, status] of this.members) successor.members.set(id, status)
    this.world.chats.set(successor.id, successor)
    this.serve(by, { migrate_to_chat_id: successor.id })
    successor.serve(by, { migrate_from_chat_id: this.id })
    this.migratedTo = successor.id
    this.world.events.emit({ type: 'chat', chat: successor })
    return successor
  }
}

/** A channel: its administrators post, the bot too when it is one of them. */
export class Channel extends Gathering {
  addBot(by: Person): void {
    this.setBot(by, 'administrator')
  }

  /** A post in the channel's own name. */
  publish(text: string): ChatMessage {
    const content = withFoundEntities(tidy({ text, entities: [] }))
    const message = this.world.post(this, { from: this.id, ...content })
    if (this.botStatus === 'administrator') this.world.tellBotOfMessage(this, message)
    return message
  }
}

/** Somebody's standing in any chat; undefined when the server never saw them. */
export function standingOf(world: World, chat: Chat, userId: number): Record<string, unknown> | undefined {
  const user: User | undefined = userId === world.bot.id ? world.bot : world.people.get(userId)?.api
  if (!user) return undefined
  if (userId === world.bot.id) return apiMember(user, asMember(chat.botStatus))
  if (!chat.isGroup) return apiMember(user, 'member')
  return apiMember(user, chat.members.get(userId) ?? 'left')
}

export { Gathering }
