/** A limit: a bare Socket.IO server, WebSocket only, that broadcasts to rooms. Nothing is stored, nobody signs in. */
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import type { Broadcast, Joined, Posted } from './chat-protocol.ts';

type FromClient = {
  join: (channelId: number, answer: (joined: Joined) => void) => void;
  message: (message: Posted & { userId: number }) => void;
};

const http = createServer();
const io = new Server<FromClient, Broadcast>(http, {
  transports: ['websocket'],
  perMessageDeflate: false,
  serveClient: false,
});
let lastId = 0;

io.on('connection', (socket) => {
  socket.on('join', (channelId, answer) => {
    void socket.join(`c${channelId}`);
    answer({ ok: true });
  });
  socket.on('message', ({ channelId, userId, text }) => {
    lastId += 1;
    io.to(`c${channelId}`).emit('message', {
      id: String(lastId),
      channelId,
      userId,
      name: `user ${userId}`,
      text,
      createdAt: new Date(),
    });
  });
});
http.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
