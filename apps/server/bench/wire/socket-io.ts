/** Socket.IO 4 over WebSocket alone: packets begin with digits that name their kind. */
import { replyWithinMs } from './connection.ts';
import { WebSocketConnection } from './web-socket.ts';

const digit = { zero: 0x30, two: 0x32, three: 0x33, four: 0x34 } as const;
const bracket = 0x5b;

/** An acknowledgement as it lies in the read buffer: valid until the callback returns. */
export type Reply = { bytes: Buffer; start: number; end: number };

type Asked = { resolve: (reply: Reply) => void; reject: (error: Error) => void };

export class SocketIoConnection extends WebSocketConnection {
  #auth = '{}';
  #connected: Asked['reject'] | null = null;
  #onConnected: () => void = () => undefined;
  readonly #asked = new Map<number, Asked>();
  #lastId = 0;

  async signIn(auth: object): Promise<void> {
    this.#auth = JSON.stringify(auth);
    const connected = new Promise<void>((resolve, reject) => {
      this.#onConnected = resolve;
      this.#connected = reject;
    });
    // It may be refused before anybody waits for it.
    connected.catch(() => undefined);
    const overdue = setTimeout(() => {
      this.#connected?.(new Error('no Socket.IO connection in time'));
    }, replyWithinMs);
    try {
      await this.upgrade('/socket.io/?EIO=4&transport=websocket');
      await connected;
    } finally {
      clearTimeout(overdue);
      this.#connected = null;
    }
  }

  /** Emits with an acknowledgement, and gives what `read` makes of it. `data` is JSON text. */
  ask<T>(event: string, data: string, read: (reply: Reply) => T): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.#asked.delete(id);
        reject(new Error(`no answer to ${event} in time`));
      }, replyWithinMs);
      this.#asked.set(id, {
        resolve: (reply) => {
          clearTimeout(overdue);
          try {
            resolve(read(reply));
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        reject: (error) => {
          clearTimeout(overdue);
          reject(error);
        },
      });
      this.emit(event, data, String(id));
    });
  }

  /** Emits; `id` is there for an acknowledgement. */
  emit(event: string, data: string, id = ''): void {
    this.sendText(`42${id}["${event}",${data}]`);
  }

  /** An event, from its `[` on. */
  protected onEvent(bytes: Buffer, start: number, end: number): void {
    this.sink.scan(this.recipient, bytes, start, end);
  }

  /** An acknowledgement that nobody asked for by `ask`. */
  protected onOtherReply(_reply: Reply): void {
    // Most systems have none.
  }

  protected override failWaiting(error: Error): void {
    super.failWaiting(error);
    this.#connected?.(error);
    for (const asked of this.#asked.values()) asked.reject(error);
    this.#asked.clear();
  }

  protected override onMessage(bytes: Buffer, start: number, end: number): void {
    const kind = bytes[start];
    if (kind === digit.two) this.sendText('3');
    else if (kind === digit.zero) this.sendText(`40${this.#auth}`);
    else if (kind === digit.four) this.#onPacket(bytes, start + 1, end);
  }

  #onPacket(bytes: Buffer, start: number, end: number): void {
    switch (bytes[start]) {
      case digit.two:
        this.onEvent(bytes, start + 1, end);
        return;
      case digit.three:
        this.#onReply(bytes, start + 1, end);
        return;
      case digit.zero:
        this.#onConnected();
        return;
      case digit.four:
        this.#connected?.(new Error(`refused: ${bytes.toString('utf8', start, end)}`));
        return;
      default:
    }
  }

  #onReply(bytes: Buffer, start: number, end: number): void {
    let id = 0;
    let at = start;
    for (; at < end && bytes[at] !== bracket; at += 1) id = id * 10 + (bytes[at] ?? 0) - digit.zero;
    const reply = { bytes, start: at, end };
    const asked = this.#asked.get(id);
    if (!asked) {
      this.onOtherReply(reply);
      return;
    }
    this.#asked.delete(id);
    asked.resolve(reply);
  }
}

/** How often the text occurs in the reply: how many messages came, without parsing them on the generator's core. */
export function countIn({ bytes, start, end }: Reply, text: string): number {
  let count = 0;
  const reply = bytes.subarray(start, end);
  for (let at = reply.indexOf(text); at >= 0; at = reply.indexOf(text, at + text.length))
    count += 1;
  return count;
}
