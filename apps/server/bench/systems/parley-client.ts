import { z } from 'zod';
import { replyWithinMs } from '../wire/connection.ts';
import { countIn, SocketIoConnection, type Reply } from '../wire/socket-io.ts';
import type { Client } from './system.ts';

/** Where a client stands in the log. */
export type Cursor = { after: number; epoch: string };

const zero = 0x30;
const letter = { e: 0x65, g: 0x67, h: 0x68, v: 0x76, t: 0x74 } as const;
const eventsHead = '["events",{"after":'.length;
const positionHead = ',"position":'.length;
const okHead = '[{"ok":'.length;
/** Acknowledgements of posts all have this id; the others count from 1. */
const postId = '0';

const Hello = z.tuple([
  z.literal('hello'),
  z.object({ epoch: z.string(), position: z.int(), resumed: z.boolean() }),
]);
const Refusal = z.tuple([
  z.object({ ok: z.literal(false), error: z.object({ code: z.string() }) }),
]);

let lastNonce = 0;

/** A UUID from a counter, its beginning scattered as that of a random one is: cheap here, no cheaper there. */
function nextNonce(): string {
  lastNonce += 1;
  const scattered = Math.imul(lastNonce, 0x9e3779b1) >>> 0;
  const [first, last] = [scattered.toString(16), lastNonce.toString(16)];
  return `${first.padStart(8, '0')}-0000-4000-8000-${last.padStart(12, '0')}`;
}

export class ParleyClient extends SocketIoConnection implements Client {
  /** Everything up to here has come. */
  #position = 0;
  #epoch = '';
  #greeting: { resolve: () => void; reject: (error: Error) => void } | null = null;
  #helloPosition = 0;
  #onPosition: () => void = () => undefined;

  get cursor(): Cursor {
    return { after: this.#position, epoch: this.#epoch };
  }

  /** Resolves when the server has said hello: from then on events come. */
  async enter(token: string, cursor: Cursor | null): Promise<void> {
    if (cursor) this.#position = cursor.after;
    const greeted = new Promise<void>((resolve, reject) => {
      this.#greeting = { resolve, reject };
    });
    greeted.catch(() => undefined);
    const client = { name: 'parley-bench', version: '0.1.0' };
    await this.signIn({ token, ...cursor, client });
    await greeted;
    this.#greeting = null;
  }

  /** A member receives its channels without asking. */
  join(_channel: string): Promise<void> {
    return Promise.resolve();
  }

  send(channel: string, text: string): void {
    this.sink.unanswered += 1;
    const input = `{"channelId":"${channel}","nonce":"${nextNonce()}","text":"${text}"}`;
    this.emit('command', `"message.post",${input}`, postId);
  }

  async history(channel: string, limit: number): Promise<number> {
    const input = `{"channelId":"${channel}","limit":${limit}}`;
    return this.ask('command', `"message.history",${input}`, (reply) => {
      assertAccepted(reply);
      return countIn(reply, '"channelId":');
    });
  }

  /** What was missed comes by itself, for this client told where it stood. */
  async catchUp(): Promise<void> {
    if (this.#position >= this.#helloPosition) return;
    await new Promise<void>((resolve, reject) => {
      const overdue = setTimeout(() => reject(new Error('not caught up in time')), replyWithinMs);
      this.#onPosition = () => {
        if (this.#position < this.#helloPosition) return;
        clearTimeout(overdue);
        this.#onPosition = () => undefined;
        resolve();
      };
    });
  }

  async bootstrap(): Promise<void> {
    await this.ask('command', '"sync.bootstrap",{}', assertAccepted);
  }

  protected override onEvent(bytes: Buffer, start: number, end: number): void {
    const first = bytes[start + 2];
    if (first === letter.e && bytes[start + 3] === letter.v) {
      this.sink.scan(this.recipient, bytes, start, end);
      this.#position = readPosition(bytes, start, end);
      this.#onPosition();
    } else if (first === letter.h) this.#onHello(bytes.toString('utf8', start, end));
    else if (first === letter.g) this.sink.fault(bytes.toString('utf8', start, end));
  }

  protected override onOtherReply(reply: Reply): void {
    this.sink.unanswered -= 1;
    try {
      assertAccepted(reply);
    } catch (error) {
      this.sink.refused += 1;
      this.sink.fault(`message.post ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  protected override failWaiting(error: Error): void {
    super.failWaiting(error);
    this.#greeting?.reject(error);
  }

  #onHello(text: string): void {
    const [, hello] = Hello.parse(JSON.parse(text));
    this.#epoch = hello.epoch;
    this.#helloPosition = hello.position;
    if (!hello.resumed) this.#position = hello.position;
    this.#greeting?.resolve();
  }
}

/** `["events",{"after":N,"position":M,…`: the second number. */
function readPosition(bytes: Buffer, start: number, end: number): number {
  let at = start + eventsHead;
  while (at < end && isDigit(bytes[at])) at += 1;
  let position = 0;
  for (at += positionHead; at < end; at += 1) {
    const byte = bytes[at];
    if (!isDigit(byte)) break;
    position = position * 10 + byte - zero;
  }
  return position;
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= zero && byte < zero + 10;
}

function assertAccepted({ bytes, start, end }: Reply): void {
  if (bytes[start + okHead] === letter.t) return;
  const [{ error }] = Refusal.parse(JSON.parse(bytes.toString('utf8', start, end)));
  throw new Error(`was refused: ${error.code}`);
}
