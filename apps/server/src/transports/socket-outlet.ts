import type { Socket as NetSocket } from 'node:net';
import type { Socket } from 'socket.io';
import type { Goodbye } from '@parley/shared/protocol/frames.ts';
import type { EventFrame } from '../live/event-frame.ts';
import type { Outlet } from '../live/session.ts';
import { cutAfterParting } from './cut.ts';
import { textFrame } from './web-socket-frame.ts';

/**
 * The packet that `socket.emit('events', …)` would make, as text and as the bytes of a WebSocket frame. It is
 * made once for all sockets that get the same. The transcript test over all transports fails if either means
 * something else one day.
 */
function eventsPacket(frame: EventFrame): { text: string; bytes: Buffer } {
  const text = `2["events",${frame.json}]`;
  // engine.io puts its own packet type before a message: 4.
  return { text, bytes: textFrame(`4${text}`) };
}

/** Frames on a Socket.IO connection. */
export class SocketOutlet implements Outlet {
  readonly #socket: Socket;
  /** Of events, those that wait until the transport takes more. */
  #waitingEventBytes = 0;
  /** Of events, those that were written since the network had taken everything. */
  #writtenEventBytes = 0;
  /** What waits for the transport, answers to commands included. */
  waitingBytes = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.conn.on('packetCreate', ({ data }: { data?: unknown }) => {
      if (typeof data === 'string') this.waitingBytes += data.length;
    });
    // engine.io says `drain` when it has written all that waited for the transport.
    socket.conn.on('drain', () => {
      this.#writtenEventBytes += this.#waitingEventBytes;
      this.#waitingEventBytes = 0;
      this.waitingBytes = 0;
    });
  }

  hello(hello: Parameters<Outlet['hello']>[0]): void {
    this.#socket.emit('hello', hello);
  }

  /**
   * Writes the frame that is shared by all who get the same straight to the connection of the HTTP upgrade: on the way
   * through engine.io and ws each write costs about as much again. Where engine.io still has something to write, such
   * as `hello`, events go after it. Frames of both ways are whole, as nothing is compressed.
   */
  events(frame: EventFrame): void {
    const { text, bytes } = frame.encoded(eventsPacket);
    const { conn } = this.#socket;
    if (conn.readyState === 'open' && conn.transport.writable) {
      const wire = this.#wire;
      if (wire.writableLength === 0) this.#writtenEventBytes = 0;
      this.#writtenEventBytes += bytes.length;
      wire.write(bytes);
    } else {
      this.#waitingEventBytes += bytes.length;
      conn.send(text, { compress: false });
    }
  }

  ephemeral(list: Parameters<Outlet['ephemeral']>[0]): void {
    this.#socket.emit('ephemeral', list);
  }

  goodbye(goodbye: Goodbye): void {
    this.#socket.emit('goodbye', goodbye);
    this.#socket.disconnect(true);
    // engine.io would wait for the buffer to drain.
    cutAfterParting(this.#wire);
  }

  bufferedBytes(): number {
    const written = Math.min(this.#writtenEventBytes, this.#wire.writableLength);
    return this.#waitingEventBytes + written;
  }

  get #wire(): NetSocket {
    return this.#socket.request.socket;
  }
}
