import { connect, type Socket } from 'node:net';

export const socketIoPath = '/socket.io/?EIO=4&transport=websocket';
export const plainPath = '/api/v1/ws';

/** A connection of bytes, with what the server sent on it. */
export type RawConnection = {
  socket: Socket;
  /** What has come so far, as latin1. */
  received(): string;
  isClosed(): boolean;
  /** The server has ended its half. */
  ended: Promise<void>;
  /** Resolves to all that came. */
  closed: Promise<string>;
};

/** Connects and, once connected, sends. Errors are no news here: the end of the connection is. */
export function connectRaw(
  url: string,
  first: string | Uint8Array,
  options: { localAddress?: string; allowHalfOpen?: boolean } = {},
): RawConnection {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), ...options }, () => {
    if (first.length > 0) socket.write(first);
  });
  let text = '';
  let isClosed = false;
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    text += data.toString('latin1');
  });
  const ended = new Promise<void>((resolve) => {
    socket.on('end', resolve);
    socket.on('close', () => {
      resolve();
    });
  });
  const closed = new Promise<string>((resolve) => {
    socket.on('close', () => {
      isClosed = true;
      resolve(text);
    });
  });
  return { socket, received: () => text, isClosed: () => isClosed, ended, closed };
}

/** The request that turns a connection into a WebSocket. */
export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const fields = {
    Host: 'localhost',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
