import { z } from 'zod';
import {
  Channel,
  ChannelName,
  maxDirectOthers,
  Member,
  MemberRole,
  Membership,
  NotifyChoice,
  Purpose,
  Topic,
} from '../channel.ts';
import { Id } from '../ids.ts';
import { singleLine } from '../plain-text.ts';
import { User } from '../user.ts';
import type { CommandDefinition } from './definition.ts';
import { pageLimit } from './people.ts';

const Nothing = z.object({});
const ChannelId = z.strictObject({ channelId: Id });
const OneChannel = z.object({ channel: Channel });
const Joined = z.object({ channel: Channel, membership: Membership });
const ChannelMember = Member.extend({ user: User }).meta({ id: 'ChannelMember' });

export const channelCommands = {
  'channel.create': {
    summary: 'Makes a channel with oneself as its admin',
    permission: 'channels.create',
    effect: 'write',
    input: z.strictObject({
      kind: z.enum(['public', 'private']),
      name: ChannelName,
      topic: Topic.default(''),
      purpose: Purpose.default(''),
      userIds: z.array(Id).max(1000).default([]),
    }),
    output: Joined,
  },
  'channel.openDirect': {
    summary:
      'The conversation of oneself and these people; always the same one for the same people',
    permission: 'channels.use',
    effect: 'write',
    input: z.strictObject({ userIds: z.array(Id).min(1).max(maxDirectOthers) }),
    output: Joined,
  },
  'channel.browse': {
    summary: 'Public channels (to guests: those they are in) by name',
    permission: 'channels.use',
    effect: 'read',
    input: z.strictObject({
      query: singleLine({ max: 80 }).optional(),
      after: Id.optional(),
      limit: pageLimit,
    }),
    output: z.object({
      channels: z.array(z.object({ channel: Channel, joined: z.boolean() })),
      next: Id.nullable(),
    }),
  },
  'channel.get': {
    summary: 'One channel that one may see',
    permission: 'channels.use',
    effect: 'read',
    input: ChannelId,
    output: z.object({ channel: Channel, membership: Membership.nullable() }),
  },
  'channel.update': {
    summary: 'Changes name, topic, purpose or who may post',
    permission: 'channels.use',
    effect: 'write',
    input: z.strictObject({
      channelId: Id,
      name: ChannelName.optional(),
      topic: Topic.optional(),
      purpose: Purpose.optional(),
      postingPolicy: z.enum(['everyone', 'admins']).optional(),
    }),
    output: OneChannel,
  },
  'channel.archive': {
    summary: 'Makes a channel read-only',
    permission: 'channels.use',
    effect: 'write',
    input: ChannelId,
    output: OneChannel,
  },
  'channel.unarchive': {
    summary: 'Opens an archived channel again',
    permission: 'channels.use',
    effect: 'write',
    input: ChannelId,
    output: OneChannel,
  },
  'channel.join': {
    summary: 'Joins a public channel',
    permission: 'channels.join',
    effect: 'write',
    input: ChannelId,
    output: Joined,
  },
  'channel.leave': {
    summary: 'Leaves a channel',
    permission: 'channels.use',
    effect: 'write',
    input: ChannelId,
    output: Nothing,
  },
  'channel.addMembers': {
    summary: 'Brings people into a channel; those who are in already are passed over',
    permission: 'channels.use',
    effect: 'write',
    input: z.strictObject({ channelId: Id, userIds: z.array(Id).min(1).max(1000) }),
    output: z.object({ added: z.array(Id) }),
  },
  'channel.removeMember': {
    summary: 'Takes a person out of a channel',
    permission: 'channels.use',
    effect: 'write',
    input: z.strictObject({ channelId: Id, userId: Id }),
    output: Nothing,
  },
  'channel.setMemberRole': {
    summary: 'Makes a member an admin of the channel, or a plain member again',
    permission: 'channels.use',
    effect: 'write',
    input: z.strictObject({ channelId: Id, userId: Id, role: MemberRole }),
    output: z.object({ member: Member }),
  },
  'channel.members': {
    summary: 'The members of a channel in the order of their ids',
    permission: 'channels.use',
    effect: 'read',
    input: z.strictObject({ channelId: Id, after: Id.optional(), limit: pageLimit }),
    output: z.object({ members: z.array(ChannelMember), next: Id.nullable() }),
  },
  'membership.update': {
    summary: "Changes one's own view of a channel: notifications, muted, starred, section",
    permission: 'channels.use',
    effect: 'write',
    input: z.strictObject({
      channelId: Id,
      notify: NotifyChoice.optional(),
      muted: z.boolean().optional(),
      starred: z.boolean().optional(),
      section: singleLine({ min: 1, max: 60 }).nullable().optional(),
    }),
    output: z.object({ membership: Membership }),
  },
} as const satisfies Record<string, CommandDefinition>;
