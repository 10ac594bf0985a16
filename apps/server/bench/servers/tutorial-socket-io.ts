/** What a tutorial makes: Socket.IO as it comes, one INSERT a message through a pool of ten, then the broadcast. */
import { createServer } from 'node:http';
import postgres from 'postgres';
import { Server } from 'socket.io';
import { databaseUrl, serveChat, type StoredServer } from './stored-chat.ts';

const sql = postgres(databaseUrl, { max: 10 });
const http = createServer();
const io: StoredServer = new Server(http, { transports: ['websocket'] });

serveChat(io, sql, (account, channelId, text) => {
  void sql<
    { id: string; createdAt: Date }[]
  >`insert into messages (channel_id, user_id, text) values (${channelId}, ${account.id}, ${text}) returning id, created_at as "createdAt"`.then(
    ([row]) => {
      if (!row) return;
      const { id: userId, name } = account;
      io.to(`c${channelId}`).emit('message', { ...row, channelId, userId, name, text });
    },
  );
});
http.listen({ port: Number(process.env.PORT), host: '127.0.0.1', backlog: 4096 });
