/**
 * A yardstick of what storing must cost: Socket.IO, each message committed before it is sent, by one writer that takes
 * all that came during its last commit. One writer is one order for everybody.
 */
import { createServer, type IncomingMessage } from 'node:http';
import postgres from 'postgres';
import { Server } from 'socket.io';
import type { Account } from './chat-protocol.ts';
import { databaseUrl, serveChat, type StoredServer } from './stored-chat.ts';

type Waiting = { account: Account; channelId: number; text: string };

const maxBatch = 500;
const sql = postgres(databaseUrl, { max: 10 });
const writer = postgres(databaseUrl, { max: 1 });
const http = createServer();
const io: StoredServer = new Server(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
});
const queue: Waiting[] = [];
let isWriting = false;

async function write(): Promise<void> {
  isWriting = true;
  while (queue.length > 0) {
    const batch = queue.splice(0, maxBatch);
    const rows = await writer<
      { id: string; createdAt: Date }[]
    >`insert into messages (channel_id, user_id, text) select * from unnest(${batch.map(({ channelId }) => channelId)}::int[], ${batch.map(({ account }) => account.id)}::int[], ${batch.map(({ text }) => text)}::text[]) returning id, created_at as "createdAt"`;
    for (const [index, { account, channelId, text }] of batch.entries()) {
      const row = rows[index];
      if (!row) continue;
      const { id: userId, name } = account;
      io.to(`c${channelId}`).emit('message', { ...row, channelId, userId, name, text });
    }
  }
  isWriting = false;
}

// Socket.IO's advice for many connections: do not keep the first request of each.
io.engine.on('connection', (raw: { request: IncomingMessage | null }) => {
  raw.request = null;
});
serveChat(io, sql, (account, channelId, text) => {
  queue.push({ account, channelId, text });
  if (!isWriting) void write();
});
http.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
