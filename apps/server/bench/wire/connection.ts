/**
 * A client as light as can be: a TCP socket that reads into one shared buffer and looks for markers. It decodes
 * only what it needs to sign in, join, send and read history, so that one core can take what another delivers.
 */
import { connect, type Socket } from 'node:net';
import { beginningOfMarker, type Sink } from '../marker.ts';

/** Shared by all: what is read is handled before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(256 * 1024);
const maxText = 8_000_000;
export const replyWithinMs = 90_000;

const open = new Set<Connection>();

/** Drops every connection, after a step that failed. */
export function dropAll(): void {
  for (const connection of open) connection.close();
}

/** `from`: what lies before it has been looked at already. */
type Test = (text: string, from: number) => boolean;

type Waiter = {
  test: Test;
  overlap: number;
  done: (text: string) => void;
  fail: (error: Error) => void;
};

export class Connection {
  readonly port: number;
  readonly recipient: number;
  readonly sink: Sink;
  closed = false;
  #socket: Socket | null = null;
  #leaving = false;
  #carry: Buffer | null = null;
  #waiters: Waiter[] = [];
  #text = '';

  constructor(port: number, recipient: number, sink: Sink) {
    this.port = port;
    this.recipient = recipient;
    this.sink = sink;
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.close();
        reject(new Error('no connection in time'));
      }, replyWithinMs);
      const socket = connect({
        port: this.port,
        host: '127.0.0.1',
        noDelay: true,
        onread: {
          buffer: readBuffer,
          callback: (length) => {
            this.onChunk(readBuffer, length);
            return true;
          },
        },
      });
      this.#socket = socket;
      let failure = new Error('the server closed the connection');
      socket.once('connect', () => {
        clearTimeout(overdue);
        open.add(this);
        resolve();
      });
      socket.on('error', (error) => {
        failure = error;
        clearTimeout(overdue);
        reject(error);
      });
      socket.once('close', () => {
        this.closed = true;
        if (open.delete(this) && !this.#leaving) this.onLost();
        this.failWaiting(failure);
      });
    });
  }

  close(): void {
    this.#leaving = true;
    this.closed = true;
    open.delete(this);
    this.#socket?.destroy();
  }

  /** The connection ended, and not by us. */
  protected onLost(): void {
    this.sink.fault('the server closed a connection');
  }

  /** Everybody who waits for something on this connection waits in vain. */
  protected failWaiting(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.fail(error);
  }

  /** Bytes have come; those of protocols without frames are text with markers in it. */
  protected onChunk(bytes: Buffer, length: number): void {
    this.feedText(bytes, 0, length);
    if (this.#carry === null) {
      this.#scanStream(bytes, length);
      return;
    }
    const joined = Buffer.concat([this.#carry, bytes.subarray(0, length)]);
    this.#carry = null;
    this.#scanStream(joined, joined.length);
  }

  #scanStream(bytes: Buffer, length: number): void {
    this.sink.scan(this.recipient, bytes, 0, length);
    const begun = beginningOfMarker(bytes, length);
    if (begun >= 0) this.#carry = Buffer.from(bytes.subarray(begun, length));
  }

  /** Gives text to whoever waits for some. */
  protected feedText(bytes: Buffer, start: number, end: number): void {
    const [waiter] = this.#waiters;
    if (!waiter) return;
    const added = bytes.toString('latin1', start, end);
    this.#text = this.#text.length > maxText ? added : this.#text + added;
    const from = Math.max(0, this.#text.length - added.length - waiter.overlap);
    if (!waiter.test(this.#text, from)) return;
    this.#waiters.shift();
    const text = this.#text;
    this.#text = '';
    waiter.done(text);
  }

  /** Resolves to the text received from now on, once it passes the test. One after the other. */
  protected waitFor(
    what: string,
    test: Test,
    { withinMs = replyWithinMs, overlap = 64 } = {},
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      const overdue = setTimeout(() => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter);
        reject(new Error(`no ${what} in time: ${this.#text.slice(-300)}`));
      }, withinMs);
      const waiter: Waiter = {
        test,
        overlap,
        done: (text) => {
          clearTimeout(overdue);
          resolve(text);
        },
        fail: (error) => {
          clearTimeout(overdue);
          reject(error);
        },
      };
      if (this.#waiters.length === 0) this.#text = '';
      this.#waiters.push(waiter);
    });
  }

  protected write(data: string | Buffer): void {
    if (typeof data === 'string') this.#socket?.write(data, 'latin1');
    else this.#socket?.write(data);
  }
}

/** Passes when one of these is in the text. */
export function contains(...needles: string[]): Test {
  return (text, from) => needles.some((needle) => text.includes(needle, from));
}
