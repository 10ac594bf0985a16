import { z } from 'zod';
import { Snapshot } from '@parley/shared/protocol/commands/sync.ts';
import { Epoch, Id, Position } from '@parley/shared/protocol/ids.ts';

/** As many matters wait at most as are held back and folded into a wave together. */
const maxWaiting = 2_000;

/** A message that a notification tells of, and what withdraws it: reading this far, in the channel or in the thread. */
export const Told = z.object({
  messageId: Id,
  channelId: Id,
  number: z.int().nullable(),
  threadRootId: Id.nullable(),
  threadNumber: z.int().nullable(),
});
export type Told = z.infer<typeof Told>;

/** A message that the person is to be told of, with the words for it. */
export const Matter = Told.extend({
  title: z.string().max(300),
  body: z.string().max(1_000),
  /** The conversation, as it is called where several are told of together. */
  place: z.string().max(300),
});
export type Matter = z.infer<typeof Matter>;

/** Where one who decided on notifications left off: everything up to here has been decided on. */
export const Through = z.object({ epoch: Epoch, position: Position });
export type Through = z.infer<typeof Through>;

/** What whoever decides next has to know of what was decided before. */
export const Past = z.object({
  through: Through.nullable(),
  /** On screen, as far as is known. */
  shown: z.array(Told),
  /** Decided on, and not told of yet. */
  waiting: z.array(Matter).max(maxWaiting),
});
export type Past = z.infer<typeof Past>;

/** All that main needs of an account to go on from where the page has stopped. */
export const HandOver = z.strictObject({
  snapshot: Snapshot,
  /** Further than the snapshot, where the page has not come to what was decided on before it was there. */
  through: Past.shape.through,
  waiting: Past.shape.waiting,
  /** Of the person's devices this is the one that they used last. */
  wasHereLast: z.boolean(),
});
export type HandOver = z.infer<typeof HandOver>;
