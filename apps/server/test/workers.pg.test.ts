import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { nodeArguments } from '../src/processes/node-arguments.ts';
import { commandOf, workersOf } from './child-processes.ts';
import {
  connectSocketIo,
  connectSse,
  connectWebSocket,
  until,
  type TestClient,
} from './clients.ts';
import { password, device, startProcessWorld, type ProcessWorld } from './process-world.ts';
import { postedIn, ReturningClient } from './returning-client.ts';
import { call } from './server.ts';
import { shortestMs } from '../../../packages/shared/test/fastest.ts';

/** A server of several processes is to its clients what a server of one is. */

const workerCount = 3;
const numbers = Array.from({ length: workerCount }, (_, index) => index + 1);
const connects = [connectSocketIo, connectWebSocket, connectSse];

type Placed = { client: TestClient; worker: number };

let world: ProcessWorld;
let ada: SignedIn;
let channelId: Id;
const clients: TestClient[] = [];

beforeAll(async () => {
  world = await startProcessWorld({ PARLEY_WORKERS: String(workerCount) });
  ada = await world.register('ada');
  const { channel } = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'workshop',
    userIds: [ada.user.id],
  });
  channelId = channel.id;
}, 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await untilSessions((counts) => counts.every((count) => count === 0));
});
afterAll(() => world.close());

/** How many connections each worker serves, as the metrics of all say. */
async function sessionsByWorker(): Promise<number[]> {
  const metrics = await world.metrics();
  return numbers.map((number) => metrics.value(`parley_worker_sessions{worker="${number}"}`));
}

async function untilSessions(holds: (counts: number[]) => boolean): Promise<void> {
  const latest = Date.now() + 15_000;
  for (;;) {
    const counts = await sessionsByWorker();
    if (holds(counts)) return;
    if (Date.now() > latest) throw new Error(`in vain: the workers serve ${counts.join(', ')}`);
  }
}

type Connect = (url: string, token: string) => Promise<TestClient>;

/** Connects and finds out which worker serves the connection: the one that has one more by that. */
async function place(who: SignedIn, connect: Connect): Promise<Placed> {
  const before = await sessionsByWorker();
  const client = await connect(world.url, who.accessToken);
  clients.push(client);
  const after = await sessionsByWorker();
  const index = after.findIndex((count, each) => count > (before[each] ?? 0));
  return { client, worker: index + 1 };
}

async function untilAllServe(): Promise<void> {
  const latest = Date.now() + 15_000;
  for (;;) {
    const { text } = await world.metrics();
    if (numbers.every((number) => text.includes(`worker="${number}"`))) return;
    if (Date.now() > latest) throw new Error('in vain: a worker does not serve');
  }
}

/** Connects until every worker serves a connection of this kind; resolves to one for each. */
async function onEveryWorker(who: SignedIn, connect: Connect = connectSocketIo): Promise<Placed[]> {
  await untilAllServe();
  const found = new Map<number, Placed>();
  for (let attempt = 0; found.size < workerCount && attempt < 30; attempt += 1) {
    const placed = await place(who, connect);
    if (found.has(placed.worker)) placed.client.close();
    else found.set(placed.worker, placed);
  }
  expect([...found.keys()].sort()).toEqual(numbers);
  return [...found.values()];
}

const contentOf = () => ({ channelId, nonce: randomUUID(), text: 'hello' });

/** Asks on a connection of its own, which any worker may get. */
function askAnew(
  path: string,
  body: object | null = null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, world.url),
      {
        agent: false,
        method: body ? 'POST' : 'GET',
        headers: { 'content-type': 'application/json' },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body ? JSON.stringify(body) : undefined);
  });
}

describe('clients of different workers', () => {
  it('are told of every message once, in order, over every transport', async () => {
    const placed: Placed[] = [];
    for (const connect of connects) placed.push(...(await onEveryWorker(ada, connect)));
    const writers = await onEveryWorker(world.owner);
    const replies = await Promise.all(
      writers.flatMap(({ client }) =>
        Array.from({ length: 100 }, () => client.command('message.post', contentOf())),
      ),
    );
    const posted = replies
      .map((reply) => (reply.ok ? (reply.output as { position: number }).position : 0))
      .sort((a, b) => a - b);
    expect(posted[0]).toBeGreaterThan(0);
    expect(new Set(posted).size).toBe(300);
    const readers = [...placed, ...writers].map(({ client }) => client);
    const last = posted.at(-1) ?? 0;
    await until(() => readers.every((client) => postedIn(client).includes(last)), 'all have come');
    for (const client of readers) expect(postedIn(client)).toEqual(posted);
  });

  it('see who is there and who is typing, whichever worker these are at', async () => {
    const [first, ...others] = await onEveryWorker(world.owner);
    const hers = await onEveryWorker(ada);
    const userId = ada.user.id;
    const watchers = [first, ...others].flatMap((placed) => (placed ? [placed] : []));
    for (const { client } of watchers) {
      const reply = await client.command('presence.watch', { userIds: [userId] });
      expect(reply).toMatchObject({ output: { presences: [{ userId, presence: 'offline' }] } });
    }
    const isHeard = (what: object) => () => {
      const told = JSON.stringify(what);
      return watchers.every(({ client }) =>
        client.ephemeral.some((each) => JSON.stringify(each) === told),
      );
    };
    await hers[0]?.client.command('presence.set', { presence: 'active' });
    await until(
      isHeard({ type: 'presence', userId, presence: 'active' }),
      'all see that she is there',
    );
    await hers[1]?.client.command('typing.start', { channelId });
    await until(isHeard({ type: 'typing', channelId, userId }), 'all see that she is typing');
    for (const { client } of await onEveryWorker(world.owner)) {
      const reply = await client.command('presence.watch', { userIds: [userId] });
      expect(reply).toMatchObject({ output: { presences: [{ userId, presence: 'active' }] } });
    }
    for (const { client } of hers) client.close();
    await until(
      isHeard({ type: 'presence', userId, presence: 'offline' }),
      'all see that she is gone',
    );
  });

  const ways: Record<string, (victim: SignedIn) => Promise<unknown>> = {
    'the session is revoked': ({ accessToken, sessionId }) =>
      call(world.url, accessToken, 'session.revoke', { sessionId }),
    'the person is deactivated': ({ user }) =>
      call(world.url, world.owner.accessToken, 'user.deactivate', { userId: user.id }),
    'the password is changed elsewhere': async ({ user }) => {
      const login = { login: user.username, password, device };
      const { accessToken } = await call(world.url, null, 'session.create', login);
      const change = { currentPassword: password, newPassword: `${password}, another` };
      await call(world.url, accessToken, 'account.changePassword', change);
    },
  };

  it.each(Object.entries(ways))('are all cut within a second when %s', async (_name, way) => {
    const cut = async () => {
      const victim = await world.register(`victim-${randomUUID().slice(0, 8)}`);
      const placed: Placed[] = [];
      for (const connect of [connectSocketIo, connectWebSocket]) {
        placed.push(...(await onEveryWorker(victim, connect)));
      }
      await way(victim);
      const answeredAt = performance.now();
      await Promise.all(placed.map(({ client }) => client.closed));
      for (const { client } of placed) expect(client.goodbye).toMatchObject({ reason: 'revoked' });
      return performance.now() - answeredAt;
    };
    expect(await shortestMs(1_000, cut)).toBeLessThan(1_000);
  });
});

describe('what is one for all workers', () => {
  it('are the numbers for Prometheus, whoever answers', async () => {
    const writers = await onEveryWorker(world.owner);
    const sample = 'parley_commands_total{command="message.post",code="ok"}';
    const before = (await world.metrics()).value(sample);
    for (const { client } of writers) await client.command('message.post', contentOf());
    for (let each = 0; each < 2 * workerCount; each += 1) {
      const { status, text } = await askAnew('/metrics');
      expect(status).toBe(200);
      expect(text).toContain(`${sample} ${before + writers.length}\n`);
      expect((await askAnew('/readyz')).text).toBe('ready');
    }
  });

  it('is the limit on guessing passwords', async () => {
    const guess = { login: ada.user.username, password: 'a wrong guess at it', device };
    const statuses = [];
    for (let each = 0; each < 14; each += 1) {
      statuses.push((await askAnew('/api/v1/session.create', guess)).status);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(4).fill(429)]);
  });
});

/** Posts until it is answered; the nonce makes the repetition harmless. */
async function postSurely(): Promise<number> {
  const content = contentOf();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return (await call(world.url, ada.accessToken, 'message.post', content)).position;
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
}

it('gives its workers the arguments that keep them small', async () => {
  const workers = await workersOf(world.server.pid);
  const commands = await Promise.all(workers.map(commandOf));
  expect(commands.length).toBe(workerCount);
  for (const command of commands) expect(command).toContain(` ${nodeArguments.join(' ')} `);
});

it('loses nothing with a worker that is killed, and gets it back', async () => {
  const placed = await onEveryWorker(ada);
  const returning = placed.map(({ client }) => new ReturningClient(world.url, ada, client));
  const pids = await workersOf(world.server.pid);
  expect(pids.length).toBe(workerCount);
  const posted: number[] = [];
  let isKilled = false;
  const posting = Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let each = 0; each < 40; each += 1) {
        posted.push(await postSurely());
        if (posted.length < 50 || isKilled) continue;
        isKilled = true;
        process.kill(pids[0] ?? 0, 'SIGKILL');
      }
    }),
  );
  await posting;
  posted.sort((a, b) => a - b);
  const last = posted.at(-1) ?? 0;
  await until(() => returning.every(({ seen }) => seen.includes(last)), 'all have come to the end');
  for (const each of returning) expect(each.seen).toEqual(posted);
  // Those of the one worker were cut, and only those.
  expect(returning.map(({ returns }) => returns).sort()).toEqual([0, 0, 1]);
  for (const each of returning) await each.end();
  const again = await onEveryWorker(ada);
  expect(again.length).toBe(workerCount);
  expect(await workersOf(world.server.pid)).not.toContain(pids[0]);
  expect(world.server.hasEnded()).toBe(false);
}, 60_000);
