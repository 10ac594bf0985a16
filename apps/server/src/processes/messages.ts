import { z } from 'zod';
import { ErrorBody } from '@parley/shared/protocol/errors.ts';

/** What processes of one server say to each other. They come from another process, so they are parsed. */

/** Said by both ends: a hint of the bus on its way, a question, or the answer to one. */
export const LinkMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hint'), hint: z.string() }),
  z.object({ kind: z.literal('question'), id: z.int(), question: z.unknown() }),
  z.object({
    kind: z.literal('answer'),
    id: z.int(),
    answer: z.discriminatedUnion('ok', [
      z.object({ ok: z.literal(true), value: z.unknown() }),
      z.object({ ok: z.literal(false), error: ErrorBody }),
    ]),
  }),
]);
export type LinkMessage = z.infer<typeof LinkMessage>;

/** What a worker needs to begin, secrets among it: they travel in memory alone. */
export const Given = z.object({
  databaseUrl: z.string(),
  setupToken: z.string(),
  /** The key by which all workers sign. */
  signer: z.string(),
  /** Which of how many workers this is, from 1. */
  number: z.int().min(1),
  count: z.int().min(1),
});
export type Given = z.infer<typeof Given>;

export const ToWorker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('start'), given: Given }),
  z.object({ kind: z.literal('stop') }),
]);

export const FromWorker = z.discriminatedUnion('kind', [
  /** It serves at this address. */
  z.object({ kind: z.literal('ready'), address: z.string() }),
  /** It cannot begin, for a reason that is put in words for the person who started the server. */
  z.object({ kind: z.literal('failed'), explanation: z.string() }),
]);
export type FromWorker = z.infer<typeof FromWorker>;

const SignInAttempt = z.object({ account: z.string(), address: z.string() });

/** What workers ask the primary, which counts and sums up for all of them. */
export const WorkerQuestion = z.discriminatedUnion('about', [
  z.object({ about: z.literal('sign-in begins'), attempt: SignInAttempt }),
  z.object({
    about: z.literal('sign-in ends'),
    ticket: z.int(),
    outcome: z.enum(['right', 'wrong', 'unknown']),
  }),
  z.object({ about: z.literal('vouched'), attempt: SignInAttempt }),
  z.object({ about: z.literal('address asks'), address: z.string() }),
  z.object({ about: z.literal('metrics') }),
]);
export type WorkerQuestion = z.infer<typeof WorkerQuestion>;

/** What the primary asks a worker: its numbers, or only whether it still does anything. */
export const PrimaryQuestion = z.object({ about: z.enum(['metrics', 'alive']) });
export type PrimaryQuestion = z.infer<typeof PrimaryQuestion>;

/** The numbers of one process, as prom-client gives and takes them. */
export const ProcessMetrics = z.array(
  z.looseObject({ name: z.string(), values: z.array(z.looseObject({})) }),
);
