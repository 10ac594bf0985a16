/**
 * A limit: a bare `ws` server. Each message is encoded once and the same bytes are written to every member. Nothing
 * is stored, nobody signs in. With FLUSH_MS a room's frames are gathered that long and written together.
 */
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData } from 'ws';

type Incoming =
  { join: number } | { join?: undefined; channelId: number; userId: number; text: string };

const flushMs = Number(process.env.FLUSH_MS ?? 0);
const rooms = new Map<number, Set<Duplex>>();
const waiting = new Map<number, Buffer[]>();
let lastId = 0;
let isFlushing = false;

/** One unmasked text frame. */
function encode(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const head = length < 126 ? 2 : 4;
  const frame = Buffer.allocUnsafe(head + length);
  frame[0] = 0x81;
  frame[1] = length < 126 ? length : 126;
  if (head === 4) frame.writeUInt16BE(length, 2);
  frame.write(text, head, 'utf8');
  return frame;
}

function flush(): void {
  isFlushing = false;
  for (const [channelId, frames] of waiting) {
    const bytes = frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames);
    for (const socket of rooms.get(channelId) ?? []) socket.write(bytes);
  }
  waiting.clear();
}

function broadcast(channelId: number, frame: Buffer): void {
  if (flushMs === 0) {
    for (const socket of rooms.get(channelId) ?? []) socket.write(frame);
    return;
  }
  const frames = waiting.get(channelId);
  if (frames) frames.push(frame);
  else waiting.set(channelId, [frame]);
  if (isFlushing) return;
  isFlushing = true;
  setTimeout(flush, flushMs);
}

function join(channelId: number, socket: Duplex): Set<Duplex> {
  const room = rooms.get(channelId) ?? new Set();
  rooms.set(channelId, room);
  return room.add(socket);
}

const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const http = createServer();
http.on('upgrade', (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    const joined: Set<Duplex>[] = [];
    webSocket.on('message', (data: RawData) => {
      // Our own load generator writes these.
      const incoming = JSON.parse((data as Buffer).toString('utf8')) as Incoming;
      if (incoming.join !== undefined) {
        joined.push(join(incoming.join, socket));
        webSocket.send('{"joined":true}');
        return;
      }
      const { channelId, userId, text } = incoming;
      lastId += 1;
      const message = {
        type: 'message',
        id: lastId,
        channelId,
        userId,
        name: `user ${userId}`,
        text,
        createdAt: new Date().toISOString(),
      };
      broadcast(channelId, encode(JSON.stringify(message)));
    });
    webSocket.on('close', () => {
      for (const room of joined) room.delete(socket);
    });
    webSocket.on('error', () => undefined);
  });
});
http.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
