import { z } from 'zod';
import { Channel, Member, Membership } from './channel.ts';
import { Draft } from './draft.ts';
import { Id, Position, Timestamp } from './ids.ts';
import { Mentions, Message, Reaction } from './message.ts';
import { Preferences } from './preferences.ts';
import { ShownEmoji } from './plain-text.ts';
import { ThreadChoice } from './thread.ts';
import { User } from './user.ts';
import { Workspace } from './workspace.ts';

const Before = z.object({ mentions: Mentions });

/**
 * What each event tells: the new state of the entity. An event of a message also carries the mentions from
 * before the change where a client needs them to keep its mention count right.
 */
export const eventData = {
  'workspace.updated': z.object({ workspace: Workspace }),
  'user.created': z.object({ user: User }),
  'user.updated': z.object({ user: User }),
  'user.deactivated': z.object({ user: User }),
  'channel.created': z.object({ channel: Channel }),
  'channel.updated': z.object({ channel: Channel }),
  'channel.archived': z.object({ channel: Channel }),
  'message.posted': z.object({ message: Message }),
  'message.edited': z.object({ message: Message, before: Before }),
  'message.deleted': z.object({ message: Message, before: Before }),
  'reaction.added': z.object({
    channelId: Id,
    messageId: Id,
    userId: Id,
    emoji: ShownEmoji,
    reactions: z.array(Reaction),
  }),
  'reaction.removed': z.object({
    channelId: Id,
    messageId: Id,
    userId: Id,
    emoji: ShownEmoji,
    reactions: z.array(Reaction),
  }),
  /** To the channel: the root as a reply has changed it. To a person: what they have chosen about the thread. */
  'thread.updated': z.union([z.object({ root: Message }), z.object({ choice: ThreadChoice })]),
  'member.joined': z.object({
    channelId: Id,
    memberCount: z.int().min(0),
    member: Member,
    user: User,
  }),
  'member.left': z.object({ channelId: Id, memberCount: z.int().min(0), userId: Id }),
  'member.updated': z.object({ channelId: Id, member: Member, user: User }),
  'membership.added': z.object({
    channel: Channel,
    membership: Membership,
    /** For guests alone, who know only the people of their own conversations. */
    users: z.array(User).optional(),
    memberIds: z.array(Id).optional(),
  }),
  'membership.removed': z.object({ channelId: Id }),
  'membership.updated': z.object({ membership: Membership }),
  'read.updated': z.union([
    z.object({ membership: Membership }),
    z.object({
      thread: z.object({ channelId: Id, rootId: Id, readThrough: z.int().min(0) }),
    }),
  ]),
  /** Null: cleared, or sent. */
  'draft.updated': z.object({
    channelId: Id,
    threadRootId: Id.nullable(),
    draft: Draft.nullable(),
  }),
  'preferences.updated': z.object({ preferences: Preferences }),
  'session.revoked': z.object({ sessionId: Id }),
} as const;

export type EventType = keyof typeof eventData;
export const eventTypes = Object.keys(eventData) as [EventType, ...EventType[]];

const Uuid = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

/** Who may see an event. */
export const Audience = z
  .string()
  .regex(new RegExp(`^(?:everyone|members|(?:channel|user):${Uuid})$`))
  .meta({ id: 'Audience', description: 'everyone, members, channel:<id> or user:<id>' });
export type Audience = 'everyone' | 'members' | `channel:${Id}` | `user:${Id}`;

/** The frame that all events share; `data` is as `eventData[type]` says. */
export const EventEnvelope = z
  .object({
    position: Position,
    audience: Audience,
    type: z.string(),
    at: Timestamp,
    actorId: Id.nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });

export type EventDataOf<T extends EventType> = z.infer<(typeof eventData)[T]>;

export type EventOf<T extends EventType> = {
  position: Position;
  audience: Audience;
  type: T;
  at: Timestamp;
  actorId: Id | null;
  data: EventDataOf<T>;
};

export type Event = { [T in EventType]: EventOf<T> }[EventType];

/** An event before it has its place in the log. */
export type NewEvent = {
  [T in EventType]: { audience: Audience; type: T; data: EventDataOf<T> };
}[EventType];

/** An event of a type that this client does not know: it moves the position on and is otherwise ignored. */
export type UnknownEvent = z.infer<typeof EventEnvelope>;

/**
 * Parses one event from outside. Null: its type is not known here, which a client ignores.
 * Throws a ZodError when the frame or the data is malformed.
 */
export function parseEvent(input: unknown): Event | null {
  const envelope = EventEnvelope.parse(input);
  const schema = (eventData as Record<string, z.ZodType>)[envelope.type];
  if (!schema || !Object.hasOwn(eventData, envelope.type)) return null;
  const data = schema.parse(envelope.data);
  // The data was parsed by the schema of this very type.
  return { ...envelope, data } as Event;
}
