import { z } from 'zod';

/** An id of anything stored: a UUIDv7, made by the server, in lower case. */
export const Id = z
  .uuid({ error: 'must be a UUID' })
  .overwrite((value) => value.toLowerCase())
  .meta({ id: 'Id', description: 'UUIDv7 made by the server' });
export type Id = z.infer<typeof Id>;

/** A client-made UUID that names one attempt, so that a retry is recognised as the same attempt. */
export const Nonce = z
  .uuid({ error: 'must be a UUID' })
  .overwrite((value) => value.toLowerCase())
  .meta({ id: 'Nonce', description: 'UUID made by the client, unique per author for ever' });
export type Nonce = z.infer<typeof Nonce>;

/** ISO 8601 in UTC with milliseconds: `2026-11-24T09:41:00.000Z`. */
export const Timestamp = z.iso
  .datetime({ precision: 3, error: 'must be ISO 8601 in UTC with milliseconds' })
  .meta({ id: 'Timestamp', description: 'ISO 8601, UTC, with milliseconds' });
export type Timestamp = z.infer<typeof Timestamp>;

/** A place in the log: 0 is before the first event, the first event has 1. */
export const Position = z
  .int()
  .min(0)
  .meta({ id: 'Position', description: 'Place in the workspace log; 0 is before all events' });
export type Position = z.infer<typeof Position>;

/** Names one life of the log; it changes when the workspace is restored from a backup. */
export const Epoch = z
  .string()
  .min(1)
  .max(64)
  .meta({ id: 'Epoch', description: 'One life of the log' });
export type Epoch = z.infer<typeof Epoch>;

/** The number of a message in its channel or thread. */
export const MessageNumber = z.int().min(1).max(Number.MAX_SAFE_INTEGER);
