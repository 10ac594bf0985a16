import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { connectSocketIo, until, type TestClient } from './clients.ts';
import { createTestDatabase } from './postgres.ts';
import { call } from './server.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

const senderCount = 5;
const messagesPerSender = 400;
const device = { name: 'Test device', platform: 'test' };
const password = 'a password for tests';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let dataDir: string;
let server: ServerProcess;

const start = (port: string) =>
  startServerProcess({
    DATABASE_URL: database.url,
    PARLEY_DATA: dataDir,
    PARLEY_PORT: port,
    PARLEY_SETUP_TOKEN: 'set-up-token-for-tests',
  });

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'parley-power-cut-'));
  server = await start('0');
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Posts one text after the other, each until it is acknowledged, over as many connections as that takes. */
async function send(
  person: SignedIn,
  channelId: string,
  texts: string[],
  acknowledged: Map<string, string>,
): Promise<void> {
  let client: TestClient | null = null;
  for (const text of texts) {
    const nonce = randomUUID();
    for (;;) {
      try {
        client ??= await connectSocketIo(server.url, person.accessToken);
        const lost = client.closed.then(() => null);
        const reply = await Promise.race([
          client.command('message.post', { channelId, nonce, text }),
          lost,
        ]);
        if (reply?.ok) {
          const { message } = reply.output as { message: { id: string } };
          acknowledged.set(text, message.id);
          break;
        }
        if (reply && reply.error.code !== 'unavailable') throw new Error(reply.error.message);
        if (!reply) client = null;
      } catch (error) {
        if (error instanceof Error && !/xhr|websocket|timeout|connect/i.test(error.message))
          throw error;
        client = null;
      }
      // The server may be down at this moment; a connection attempt is what shows that it is back.
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  client?.close();
}

/** Keeps a stream going over restarts by resuming from the last position. */
class Receiver {
  readonly texts: string[] = [];
  readonly positions: number[] = [];
  readonly #token: string;
  readonly #epoch: string;
  #position: number;
  #stopped = false;
  #client: TestClient | null = null;
  resumes = 0;

  constructor(token: string, epoch: string, position: number) {
    this.#token = token;
    this.#epoch = epoch;
    this.#position = position;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        const where = { after: this.#position, epoch: this.#epoch };
        const client = await connectSocketIo(server.url, this.#token, where);
        this.#client = client;
        this.resumes += 1;
        let taken = 0;
        const take = () => {
          for (; taken < client.batches.length; taken += 1) {
            const batch = client.batches[taken];
            if (!batch) return;
            expect(batch.after).toBe(this.#position);
            for (const event of batch.events) {
              this.positions.push(event.position);
              if (event.type !== 'message.posted') continue;
              const { message } = event.data as { message: { text: string } };
              this.texts.push(message.text);
            }
            this.#position = batch.position;
          }
        };
        const ticker = setInterval(take, 10);
        await client.closed;
        clearInterval(ticker);
        take();
      } catch (error) {
        if (error instanceof Error && !/websocket|xhr|timeout/i.test(error.message)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#client?.close();
  }
}

it('loses and doubles nothing when the server is killed in the middle of a burst', async () => {
  const owner = await call(server.url, null, 'server.setup', {
    setupToken: 'set-up-token-for-tests',
    workspaceName: 'Northwind',
    username: 'owner',
    displayName: 'Owner',
    email: 'owner@example.com',
    password,
    device,
  });
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const people = [owner];
  const { invite } = await call(server.url, owner.accessToken, 'invite.create', {
    role: 'member',
    maxUses: 10,
    expiresAt,
  });
  for (let n = 1; n < senderCount; n += 1) {
    people.push(
      await call(server.url, null, 'account.register', {
        inviteCode: invite.code,
        username: `sender${n}`,
        displayName: `Sender ${n}`,
        email: `sender${n}@example.com`,
        password,
        device,
      }),
    );
  }
  const { channel } = await call(server.url, owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'burst',
    userIds: people.slice(1).map(({ user }) => user.id),
  });
  const { epoch, position } = await call(server.url, owner.accessToken, 'sync.bootstrap', {});
  const receivers = people.map(({ accessToken }) => new Receiver(accessToken, epoch, position));
  const receiving = receivers.map((receiver) => receiver.run());
  const acknowledged = new Map<string, string>();
  const textsOf = (n: number) =>
    Array.from({ length: messagesPerSender }, (_, index) => `${n}/${index}`);
  const sending = people.map((person, n) => send(person, channel.id, textsOf(n), acknowledged));
  const total = senderCount * messagesPerSender;
  await until(() => acknowledged.size >= total / 4, 'a quarter has been acknowledged');
  const port = new URL(server.url).port;
  const beforeTheCut = acknowledged.size;
  await server.kill();
  expect(acknowledged.size).toBeLessThan(total);
  server = await start(port);
  await Promise.all(sending);
  expect(acknowledged.size).toBe(total);
  expect(beforeTheCut).toBeGreaterThan(0);

  const history: { id: string; text: string; number: number | null }[] = [];
  for (let before: number | undefined; ;) {
    const page = await call(server.url, owner.accessToken, 'message.history', {
      channelId: channel.id,
      limit: 200,
      ...(before !== undefined && { before }),
    });
    history.unshift(...page.messages);
    before = page.messages[0]?.number ?? undefined;
    if (!page.hasMoreBefore) break;
  }
  expect(history.length).toBe(total);
  expect(history.map(({ number }) => number)).toEqual(history.map((_, index) => index + 1));
  expect(new Map(history.map(({ text, id }) => [text, id]))).toEqual(acknowledged);

  const inOrder = history.map(({ text }) => text);
  for (const receiver of receivers) {
    await until(() => receiver.texts.length >= total, 'every receiver has everything');
    expect(receiver.texts).toEqual(inOrder);
    expect(receiver.resumes).toBeGreaterThan(1);
    expect(receiver.positions).toEqual([...receiver.positions].sort((a, b) => a - b));
    receiver.stop();
  }
  await Promise.all(receiving);
}, 120_000);
