import { z } from 'zod';
import { ErrorBody } from './errors.ts';
import { EventEnvelope } from './events.ts';
import { Epoch, Id, Position } from './ids.ts';
import { Presence } from './user.ts';

/** The first thing a server says on a connection. `resumed`: the events after the client's position follow. */
export const Hello = z
  .object({
    protocol: z.object({ min: z.int(), max: z.int() }),
    serverVersion: z.string(),
    epoch: Epoch,
    position: Position,
    sessionId: Id,
    resumed: z.boolean(),
  })
  .meta({ id: 'Hello' });
export type Hello = z.infer<typeof Hello>;

/** Events of one stream from just after `after` up to `position`; also empty, to move the position on. */
export const EventBatch = z
  .object({ after: Position, position: Position, events: z.array(EventEnvelope) })
  .meta({ id: 'EventBatch' });
export type EventBatch = z.infer<typeof EventBatch>;

/** What is never stored and may be dropped under load. */
export const Ephemeral = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('typing'),
      channelId: Id,
      userId: Id,
      threadRootId: Id.optional(),
    }),
    z.object({ type: z.literal('presence'), userId: Id, presence: Presence }),
  ])
  .meta({ id: 'Ephemeral' });
export type Ephemeral = z.infer<typeof Ephemeral>;

export const goodbyeReasons = [
  'slow_consumer',
  'shutdown',
  'revoked',
  'unsupported_version',
  'replaced',
] as const;
export type GoodbyeReason = (typeof goodbyeReasons)[number];

/** Said before the server closes a connection; `reconnect` tells whether coming back makes sense. */
export const Goodbye = z
  .object({
    reason: z.enum(goodbyeReasons),
    retryAfterMs: z.int().min(0).optional(),
    reconnect: z.boolean(),
  })
  .meta({ id: 'Goodbye' });
export type Goodbye = z.infer<typeof Goodbye>;

/** Where a client stands when it connects: with neither it starts from now. */
const Cursor = { after: Position.optional(), epoch: Epoch.optional() };

/** The `auth` of a Socket.IO handshake. */
export const Handshake = z
  .strictObject({
    token: z.string().min(1).max(4096),
    ...Cursor,
    client: z.strictObject({ name: z.string().max(80), version: z.string().max(40) }).optional(),
  })
  .meta({ id: 'Handshake' });
export type Handshake = z.infer<typeof Handshake>;

/** The first frame on a plain WebSocket that was opened without an `Authorization` header. */
export const AuthFrame = z
  .strictObject({ auth: z.strictObject({ token: z.string().min(1).max(4096), ...Cursor }) })
  .meta({ id: 'AuthFrame' });

/** A command on a plain WebSocket; the answer carries the same `id`. */
export const CommandFrame = z
  .strictObject({
    id: z.union([z.int(), z.string().max(64)]),
    command: z.string().max(64),
    input: z.unknown(),
  })
  .meta({ id: 'CommandFrame' });

/** The answer to a command over Socket.IO; on a plain WebSocket it also has the command's `id`. */
export type Reply = { ok: true; output: unknown } | { ok: false; error: z.infer<typeof ErrorBody> };

export const Reply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), output: z.unknown() }),
  z.object({ ok: z.literal(false), error: ErrorBody }),
]);
