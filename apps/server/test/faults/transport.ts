import type { UnknownEvent } from '@parley/shared/protocol/events.ts';
import type { ErrorBody } from '@parley/shared/protocol/errors.ts';
import type { Goodbye, Reply } from '@parley/shared/protocol/frames.ts';

/** What a connection brought. Server-sent events say neither where they continue from nor where the log ended. */
export type Batch = {
  after: number | null;
  position: number;
  events: UnknownEvent[];
  /** Where the log ended when the connection was made: up to there it was a catch-up. */
  head: number | null;
};

/** One connection, whatever the transport. */
export type Link = {
  /** Settles with the answer, or never when the connection is lost. */
  command(name: string, input: unknown): Promise<Reply>;
  close(): void;
  closed: Promise<void>;
};

export type LinkOptions = {
  url: string;
  token: string;
  after: number;
  epoch: string;
  take: (batch: Batch) => void;
  goodbye: (goodbye: Goodbye) => void;
};

/** Makes a connection. Rejects with Refused when the server says no; with another error when none is to be had. */
export type Connect = (options: LinkOptions) => Promise<Link>;

/** The server's own refusal, in its own words. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: ErrorBody['code'];

  constructor(error: ErrorBody) {
    super(`${error.code}: ${error.message}`);
    this.code = error.code;
  }
}

/** No connection within this time is none. */
export const connectsWithinMs = 3_000;
