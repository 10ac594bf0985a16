import { z } from 'zod';
import { Id, MessageNumber, Nonce, Position } from '../ids.ts';
import { FileIds } from '../file.ts';
import {
  emptyText,
  Message,
  Reaction,
  Revision,
  saysSomething,
  TextBesideFiles,
} from '../message.ts';
import { Emoji } from '../plain-text.ts';
import type { CommandDefinition } from './definition.ts';

const MessageId = z.strictObject({ messageId: Id });
const OneMessage = z.object({ message: Message });
const React = z.strictObject({ messageId: Id, emoji: Emoji });
const Reactions = z.object({ reactions: z.array(Reaction) });
const Bound = z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional();

export const messageCommands = {
  'message.post': {
    summary:
      'Posts a message. A retry with the same nonce gives the first result; the same nonce with other content is a conflict',
    permission: 'messages.write',
    effect: 'write',
    input: z
      .strictObject({
        channelId: Id,
        nonce: Nonce,
        text: TextBesideFiles,
        threadRootId: Id.optional(),
        alsoToChannel: z.boolean().default(false),
        fileIds: FileIds.optional().meta({
          description: "One's own uploads that no message has yet; with them the text may be empty",
        }),
      })
      .refine(saysSomething, emptyText),
    output: z.object({ message: Message, position: Position }),
  },
  'message.edit': {
    summary:
      "Changes the text of one's own message; what it said before is kept. Only a message with files may end up without text",
    permission: 'messages.write',
    effect: 'write',
    input: z.strictObject({ messageId: Id, text: TextBesideFiles }),
    output: OneMessage,
  },
  'message.delete': {
    summary: 'Deletes a message; its number stays taken',
    permission: 'messages.write',
    effect: 'write',
    input: MessageId,
    output: OneMessage,
  },
  'message.get': {
    summary: 'One message, and whether one follows its thread',
    permission: 'messages.read',
    effect: 'read',
    input: MessageId,
    output: OneMessage.extend({
      following: z.boolean().meta({
        description: 'By choice, else by having begun it, replied or been mentioned by name in it',
      }),
    }),
  },
  'message.revisions': {
    summary: 'What an edited message said before, oldest first',
    permission: 'messages.read',
    effect: 'read',
    input: MessageId,
    output: z.object({ revisions: z.array(Revision) }),
  },
  'message.history': {
    summary:
      'Messages of a channel or a thread by number, ascending: the latest, or those before, after or around a number',
    permission: 'messages.read',
    effect: 'read',
    input: z
      .strictObject({
        channelId: Id,
        threadRootId: Id.optional(),
        before: MessageNumber.optional(),
        after: Bound,
        around: Bound,
        limit: z.int().min(1).max(200).default(50),
      })
      .refine(
        ({ before, after, around }) =>
          [before, after, around].filter((bound) => bound !== undefined).length <= 1,
        { error: 'Give at most one of before, after and around.' },
      ),
    output: z.object({
      messages: z.array(Message),
      hasMoreBefore: z.boolean(),
      hasMoreAfter: z.boolean(),
    }),
  },
  'reaction.add': {
    summary: 'Adds a reaction; adding it twice changes nothing',
    permission: 'messages.write',
    effect: 'write',
    input: React,
    output: Reactions,
  },
  'reaction.remove': {
    summary: "Takes one's own reaction back",
    permission: 'messages.write',
    effect: 'write',
    input: React,
    output: Reactions,
  },
} as const satisfies Record<string, CommandDefinition>;
