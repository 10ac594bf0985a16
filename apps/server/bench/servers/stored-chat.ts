/** What the two little servers that store have in common: sign-in, membership and history, one query each. */
import type postgres from 'postgres';
import type { Server } from 'socket.io';
import type { Account, Broadcast, FromClient, HistoryQuery } from './chat-protocol.ts';

export type StoredServer = Server<
  FromClient,
  Broadcast,
  Record<string, never>,
  { account: Account }
>;

export const databaseUrl = process.env.DATABASE_URL ?? '';

/** Serves sign-in, joining and history; `post` is where the servers differ. */
export function serveChat(
  io: StoredServer,
  sql: postgres.Sql,
  post: (account: Account, channelId: number, text: string) => void,
): void {
  io.use((socket, next) => {
    const { token } = socket.handshake.auth as { token: string };
    sql<Account[]>`select id, name from users where token = ${token}`.then(
      ([account]) => {
        if (account) socket.data.account = account;
        next(account ? undefined : new Error('unauthorized'));
      },
      (error: unknown) => next(error instanceof Error ? error : new Error(String(error))),
    );
  });
  io.on('connection', (socket) => {
    const { account } = socket.data;
    socket.on('join', (channelId, answer) => {
      void sql`select 1 from members where channel_id = ${channelId} and user_id = ${account.id}`.then(
        (found) => {
          if (found.length > 0) void socket.join(`c${channelId}`);
          answer({ ok: found.length > 0 });
        },
      );
    });
    socket.on('message', ({ channelId, text }) => post(account, channelId, text));
    socket.on('history', (query, answer) => {
      void readHistory(sql, query).then(answer);
    });
  });
}

function readHistory(sql: postgres.Sql, query: HistoryQuery): Promise<object[]> {
  const { channelId, limit, since } = query;
  const columns = sql`select m.id, m.user_id, u.name, m.text, m.created_at from messages m join users u on u.id = m.user_id where channel_id = ${channelId}`;
  return since === undefined
    ? sql`${columns} order by m.id desc limit ${limit}`
    : sql`${columns} and m.created_at > ${since} order by m.id limit ${limit}`;
}
