import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import {
  connectSocketIo,
  connectSse,
  connectWebSocket,
  until,
  type TestClient,
  type Where,
} from '../clients.ts';
import { startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { call } from '../server.ts';
import { socketsOf, untilMetrics, usedMiB, witness } from './witness.ts';

type Connect = (url: string, token: string, where?: Where) => Promise<TestClient>;

const transports: [name: string, connect: Connect][] = [
  ['Socket.IO', connectSocketIo],
  ['plain WebSocket', connectWebSocket],
  ['server-sent events', connectSse],
];

const sleeperCount = 3;
const textLength = 16_000;
/** More than a connection's buffers hold, those of the system included. */
const messagesAtMost = 1_500;

let world: ProcessWorld;
let reader: SignedIn;
let channelId: string;

beforeAll(async () => {
  // What does not stay within this ends the server, and the test with it.
  world = await startProcessWorld({
    NODE_OPTIONS: '--max-old-space-size=256',
    PARLEY_LOG_LEVEL: 'error',
  });
  reader = await world.register('reader');
  const { channel } = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: 'flood',
    userIds: [reader.user.id],
  });
  channelId = channel.id;
});
afterAll(async () => {
  await world.close();
  expect(world.server.complaints).toEqual([]);
});

const textOf = (n: number) => `${n} `.padEnd(textLength, 'x');

/** The numbers of the messages that a client has heard of. */
const numbersOf = (client: TestClient): number[] =>
  client.events().flatMap(({ type, data }) => {
    if (type !== 'message.posted') return [];
    return [parseInt((data as { message: { text: string } }).message.text, 10)];
  });

const countedUpTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** Posts messages in their order, many at a time, until it is told to stop; resolves to how many. */
async function flood(isEnough: () => boolean): Promise<number> {
  const sender = await connectSocketIo(world.url, world.owner.accessToken);
  const atOnce = 50;
  let count = 0;
  while (!isEnough()) {
    if (count > messagesAtMost) throw new Error(`nobody was ended by ${count} messages`);
    const replies = await Promise.all(
      countedUpTo(atOnce).map((n) => {
        const text = textOf(count + n);
        return sender.command('message.post', { channelId, nonce: randomUUID(), text });
      }),
    );
    expect(replies.filter(({ ok }) => !ok)).toEqual([]);
    count += atOnce;
  }
  sender.close();
  return count;
}

/** Connects where the client left off, and waits for the rest; resolves to all that it heard of. */
async function resumed(
  connect: Connect,
  left: TestClient,
  start: Required<Where>,
  count: number,
): Promise<number[]> {
  const after = left.batches.at(-1)?.position ?? start.after;
  const again = await connect(world.url, reader.accessToken, { ...start, after });
  const missing = count - numbersOf(left).length;
  await until(() => numbersOf(again).length >= missing, 'all that was missed has come');
  again.close();
  return [...numbersOf(left), ...numbersOf(again)];
}

describe('consumers that stop reading', () => {
  it.each(transports)(
    '%s: are ended, hold a bounded memory, disturb nobody, and miss nothing when they resume',
    async (name, connect) => {
      const token = reader.accessToken;
      const { epoch, position } = await call(world.url, token, 'sync.bootstrap', {});
      const start = { epoch, after: position };
      const rest = await world.metrics();
      const awake: TestClient[] = [];
      const sleepers: TestClient[] = [];
      let count = 0;
      const testimony = await witness(world, async () => {
        for (const [, each] of transports) awake.push(await each(world.url, token, start));
        for (let n = 0; n < sleeperCount; n += 1) {
          const sleeper = await connect(world.url, token, start);
          sleeper.pause();
          sleepers.push(sleeper);
        }
        let areEnded = false;
        const waking = async () => {
          await untilMetrics(
            world,
            // The awake ones, the witness, and the sender.
            (metrics) => metrics.value('parley_sessions') <= awake.length + 2,
            'no session of a sleeper is left',
            60_000,
          );
          areEnded = true;
          sleepers[0]?.resume();
        };
        [count] = await Promise.all([flood(() => areEnded), waking()]);
        for (const client of awake) {
          await until(() => numbersOf(client).length >= count, 'those awake have it all');
          expect(numbersOf(client)).toEqual(countedUpTo(count));
          expect(client.goodbye).toBeNull();
          client.close();
        }
        // The one that woke up was told why, where its transport has a word for it.
        await sleepers[0]?.closed;
        const reason = name === 'server-sent events' ? undefined : 'slow_consumer';
        expect(sleepers[0]?.goodbye?.reason).toBe(reason);
        // The others never read again, and are cut all the same. The witness and two that ask for
        // metrics are still there.
        await untilMetrics(
          world,
          (metrics) => socketsOf(metrics) <= 3,
          'the sockets of the sleepers are gone',
        );
      });
      for (const sleeper of sleepers) {
        expect(numbersOf(sleeper).length).toBeLessThan(count);
        sleeper.close();
        expect(await resumed(connect, sleeper, start, count)).toEqual(countedUpTo(count));
      }
      expect(testimony.worstMs).toBeLessThan(10_000);
      expect(testimony.peakMiB - testimony.restMiB).toBeLessThan(260);
      await untilMetrics(
        world,
        (metrics) => usedMiB(metrics) < usedMiB(rest) + 60,
        'memory has come down again',
      );
    },
    120_000,
  );

  it.each(transports.slice(0, 2))(
    '%s: that ask and ask and leave the answers unread are ended too',
    async (_, connect) => {
      const testimony = await witness(world, async () => {
        const client = await connect(world.url, reader.accessToken);
        for (let n = 0; n < 200; n += 1) {
          await client.command('message.post', { channelId, nonce: randomUUID(), text: textOf(n) });
        }
        client.pause();
        // Each answer has 3.2 MB.
        for (let n = 0; n < 150; n += 1) {
          client.command('message.history', { channelId, limit: 200 }).catch(() => undefined);
        }
        await untilMetrics(
          world,
          // The witness, and nobody else.
          ({ value }) => value('parley_sessions') <= 1,
          'its session has ended',
        );
        client.resume();
        await client.closed;
      });
      expect(testimony.worstMs).toBeLessThan(10_000);
      expect(testimony.peakMiB - testimony.restMiB).toBeLessThan(200);
    },
    120_000,
  );

  it('one sign-in holds 32 connections at most; the oldest makes way', async () => {
    const clients: TestClient[] = [];
    for (let n = 0; n < 34; n += 1) {
      clients.push(await connectWebSocket(world.url, reader.accessToken));
    }
    await until(() => clients.filter(({ goodbye }) => goodbye).length === 2, 'two have made way');
    const left = clients.map(({ goodbye }) => goodbye?.reason ?? null);
    expect(left).toEqual(['replaced', 'replaced', ...left.slice(2).map(() => null)]);
    for (const client of clients) client.close();
  });
});
