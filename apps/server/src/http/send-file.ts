import { finished, Readable } from 'node:stream';
import type { FileHandle } from 'node:fs/promises';
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { byteRangeOf, type ByteRange } from './byte-range.ts';

/** Files that come or go at a time: each holds a descriptor and a few pieces of the file in memory. */
const maxAtOnce = 200;

/** A file that is closed by whoever gets it; `size` in bytes. */
export type Opened = { handle: FileHandle; size: number };

/** What is said of a file that is sent; `tag` never stands for another one. */
export type Sent = { tag: string; headers: Record<string, string> };

/** Counts the files that come to a process, or go from it, at a time. */
export class Transfers {
  readonly #most: number;
  readonly #mostOfOne: number;
  readonly #byParty = new Map<string, number>();
  #count = 0;

  constructor(most = maxAtOnce, mostOfOne = Infinity) {
    this.#most = most;
    this.#mostOfOne = mostOfOne;
  }

  /** One more, until its answer has ended, however that comes. Throws `unavailable` where there are too many. */
  begin(context: Context, party = ''): void {
    const ofOne = this.#byParty.get(party) ?? 0;
    if (this.#count >= this.#most || ofOne >= this.#mostOfOne) {
      const message = 'Many files are on their way at the moment. Try again later.';
      throw new ParleyError('unavailable', message, { retryAfterMs: 30_000 });
    }
    this.#count += 1;
    this.#byParty.set(party, ofOne + 1);
    finished((context.env as HttpBindings).outgoing, () => {
      this.#count -= 1;
      const left = (this.#byParty.get(party) ?? 1) - 1;
      if (left === 0) this.#byParty.delete(party);
      else this.#byParty.set(party, left);
    });
  }
}

/** Sends the file, or the part of it that is asked for, or that it is what the client has. Closes it. */
export async function sendFile(
  context: Context,
  { handle, size }: Opened,
  sent: Sent,
): Promise<Response> {
  const plan = planOf(context, size, sent);
  if (!plan.range || size === 0) {
    await handle.close();
    return context.body(null, plan.status, plan.headers);
  }
  const stream = handle.createReadStream(plan.range);
  // Who asked may have gone by now; nobody would read the stream then, or close it.
  finished((context.env as HttpBindings).outgoing, () => stream.destroy());
  return context.body(Readable.toWeb(stream) as ReadableStream, plan.status, plan.headers);
}

/** What is sent of a file; without a range nothing is. */
type Plan = { headers: Record<string, string> } & (
  { status: 200 | 206; range: ByteRange } | { status: 200 | 304 | 416; range?: never }
);

/** What of so many bytes the request asks for. */
function planOf(context: Context, size: number, { tag, headers: described }: Sent): Plan {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag: tag,
    'x-content-type-options': 'nosniff',
    ...described,
  };
  if (knows(context.req.header('if-none-match'), tag)) return { status: 304, headers };
  if (context.req.method === 'HEAD') {
    return { status: 200, headers: { ...headers, 'content-length': String(size) } };
  }
  const asked = rangeOf(context, size, tag);
  if (asked === 'unsatisfiable') {
    return { status: 416, headers: { 'content-range': `bytes */${size}` } };
  }
  const range = asked ?? { start: 0, end: size - 1 };
  headers['content-length'] = String(range.end - range.start + 1);
  if (asked) headers['content-range'] = `bytes ${range.start}-${range.end}/${size}`;
  return { status: asked ? 206 : 200, headers, range };
}

/** Whether the client has the file already, by its `If-None-Match`. */
function knows(header: string | undefined, tag: string): boolean {
  const tags = (header ?? '').split(',').map((each) => each.trim().replace(/^W\//, ''));
  return tags.includes(tag);
}

/** A part of what is another file by now would be of no use: then all of it is sent. */
function rangeOf(context: Context, size: number, tag: string): ByteRange | 'unsatisfiable' | null {
  const condition = context.req.header('if-range');
  if (condition !== undefined && condition !== tag) return null;
  return byteRangeOf(context.req.header('range'), size);
}
