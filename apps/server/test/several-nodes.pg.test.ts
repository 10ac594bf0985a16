import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { createServer, type ParleyServer } from '../src/app.ts';
import type { Bus } from '../src/bus/bus.ts';
import { createInProcessBus } from '../src/bus/in-process.ts';
import {
  connectSocketIo,
  connectSse,
  connectWebSocket,
  until,
  type TestClient,
} from './clients.ts';
import { createMangledBus } from './faults/mangled-bus.ts';
import type { HintFate } from './faults/plan.ts';
import { call, startTestServer, type TestServer } from './server.ts';
import { toldSince } from './told.ts';
import { testSettings } from './settings.ts';
import { shortestMs } from '../../../packages/shared/test/fastest.ts';

/** Several nodes on one database keep every promise, whatever becomes of the hints between them. */

let world: TestServer;
const nodes: { server: ParleyServer; url: string }[] = [];
const clients: TestClient[] = [];

beforeAll(async () => {
  world = await startTestServer();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  for (const { server } of nodes.splice(0)) await server.close();
});
afterAll(() => world.close());

/** Starts a node beside the others and resolves to its address. */
async function startNode(bus: Bus): Promise<string> {
  const server = createServer({
    db: world.db,
    identity: world.identity,
    settings: testSettings,
    limits: { perAddress: 100_000, perSession: 1_000_000 },
    bus,
  });
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  nodes.push({ server, url });
  return url;
}

async function channelWith(people: SignedIn[]): Promise<Id> {
  const { channel } = await call(world.url, world.owner.accessToken, 'channel.create', {
    kind: 'private',
    name: `c-${randomUUID()}`,
    userIds: people.map(({ user }) => user.id),
  });
  return channel.id;
}

const post = (url: string, who: SignedIn, channelId: Id) =>
  call(url, who.accessToken, 'message.post', { channelId, nonce: randomUUID(), text: 'hello' });

/** Fates of hints, half of them bad; each node has another order of them. */
function fatesFrom(seed: number): HintFate[] {
  const all: HintFate[] = ['drop', 'pass', 'double', 'pass', 'late', 'pass', 'bare', 'pass'];
  return Array.from({ length: 97 }, (_, index) => {
    const pick = (index * (seed * 7 + 3) + seed * index * index) % all.length;
    return all[pick] ?? 'pass';
  });
}

describe('nodes whose hints are lost, doubled and late', () => {
  it('tell every client every event once, in order', async () => {
    const bus = createInProcessBus();
    const urls = [];
    for (const seed of [1, 2, 3]) {
      urls.push(await startNode(createMangledBus(fatesFrom(seed), bus)));
    }
    const ada = await world.register('ada');
    const channelId = await channelWith([ada]);
    const connects = [connectSocketIo, connectWebSocket, connectSse];
    for (const url of urls) {
      for (const connect of connects) clients.push(await connect(url, ada.accessToken));
    }
    const writers = urls.map(async (url) => {
      const positions: number[] = [];
      for (let each = 0; each < 60; each += 1) {
        const two = [post(url, ada, channelId), post(url, world.owner, channelId)];
        for (const { position } of await Promise.all(two)) positions.push(position);
      }
      return positions;
    });
    const posted = (await Promise.all(writers)).flat().sort((a, b) => a - b);
    expect(new Set(posted).size).toBe(360);
    const last = posted.at(-1) ?? 0;
    const saw = (client: TestClient) =>
      client
        .events()
        .filter(({ type }) => type === 'message.posted')
        .map(({ position }) => position);
    await until(
      () => clients.every((client) => saw(client).includes(last)),
      'every client has come to the end',
    );
    for (const client of clients) {
      expect(saw(client)).toEqual(posted);
      for (const [index, { after }] of client.batches.entries()) {
        if (index > 0) expect(after).toBe(client.batches[index - 1]?.position);
      }
    }
  });

  it('heal a hint that was lost within two seconds', async () => {
    // Two buses: neither node ever hears of the other.
    const urls = [await startNode(createInProcessBus()), await startNode(createInProcessBus())];
    const [here = '', there = ''] = urls;
    const channelId = await channelWith([]);
    const reader = await connectSocketIo(there, world.owner.accessToken);
    clients.push(reader);
    const heal = async () => {
      const { position } = await post(here, world.owner, channelId);
      const committedAt = performance.now();
      const isThere = () => reader.events().some((event) => event.position === position);
      await until(isThere, 'the look at the head has found it');
      return performance.now() - committedAt;
    };
    expect(await shortestMs(2_000, heal)).toBeLessThan(2_000);
  });
});

describe('rights that a node knows by heart', () => {
  let here: string;
  let there: string;
  let count = 0;

  /** Two nodes that hear nothing of each other but by their looks at the head. */
  beforeEach(async () => {
    here = await startNode(createInProcessBus());
    there = await startNode(createInProcessBus());
  });

  const ways: Record<string, (victim: SignedIn, channelId: Id) => Promise<unknown>> = {
    'somebody is removed': (victim, channelId) =>
      call(here, world.owner.accessToken, 'channel.removeMember', {
        channelId,
        userId: victim.user.id,
      }),
    'a session is revoked': (victim) =>
      call(here, victim.accessToken, 'session.revoke', { sessionId: victim.sessionId }),
    'somebody is deactivated': (victim) =>
      call(here, world.owner.accessToken, 'user.deactivate', { userId: victim.user.id }),
    'a channel is archived': (_victim, channelId) =>
      call(here, world.owner.accessToken, 'channel.archive', { channelId }),
  };

  it.each(Object.entries(ways))('count for nothing once %s at another node', async (_name, way) => {
    const victim = await world.register(`victim${(count += 1)}`);
    const channelId = await channelWith([victim]);
    // The first post makes this node read, the second finds it sure of itself.
    for (let each = 0; each < 3; each += 1) await post(there, victim, channelId);
    await way(victim, channelId);
    const late = post(there, victim, channelId);
    await expect(late).rejects.toBeInstanceOf(ParleyError);
  });

  it.each(Object.entries(ways))('are never used after it when, at once, %s', async (_name, way) => {
    for (let round = 0; round < 5; round += 1) {
      const victim = await world.register(`racer${(count += 1)}`);
      const channelId = await channelWith([victim]);
      const { position } = await post(there, victim, channelId);
      const posts = Array.from({ length: 12 }, async (_, index) => {
        // Some before, some after, some together with it.
        for (let turn = 0; turn < index; turn += 1) await new Promise(setImmediate);
        return post(there, victim, channelId);
      });
      const outcomes = await Promise.allSettled([way(victim, channelId), ...posts]);
      expect(outcomes[0].status).toBe('fulfilled');
      const told = await toldSince(world.db, position);
      const out = ['member.left', 'session.revoked', 'user.deactivated', 'channel.archived'];
      const end = told.findIndex(({ type }) => out.includes(type));
      expect(end).toBeGreaterThanOrEqual(0);
      const after = told.slice(end).map(({ type }) => type);
      expect(after).not.toContain('message.posted');
    }
  });
});
