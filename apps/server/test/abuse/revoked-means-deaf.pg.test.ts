import { afterAll, beforeAll, expect, it } from 'vitest';
import type { UnknownEvent } from '@parley/shared/protocol/events.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import {
  connectSocketIo,
  connectSse,
  connectWebSocket,
  until,
  type TestClient,
} from '../clients.ts';
import { refusals } from '../conversations.ts';
import { device, password, startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { call } from '../server.ts';
import { watchCommits, type CommitWatch } from './commit-watch.ts';
import { startLoad, type Load } from './load.ts';

const connects = [connectSocketIo, connectWebSocket, connectSse];
const victimCount = 5;
const rounds = 2;
/** How long and for how many messages more it is listened whether somebody hears them. */
const listenMs = 1_300;
const messagesMore = 50;

/** Somebody who is shown out again and again; `home` is a session that only acts, and never listens. */
type Victim = { name: string; userId: string; home: SignedIn; password: string };

type Way = {
  /** Shows the one who listens out. */
  act(victim: Victim, listening: SignedIn): Promise<unknown>;
  /** Lets them in again. */
  undo(victim: Victim): Promise<unknown>;
  /** What they are refused with afterwards. */
  code: 'not_found' | 'unauthenticated';
};

let world: ProcessWorld;
let channelId: string;
let root: Message;
let speaker: SignedIn;
let load: Load;
let commits: CommitWatch;
let victims: Victim[];

const asOwner = <N extends Parameters<typeof call>[2]>(
  name: N,
  input: Parameters<typeof call<N>>[3],
) => call(world.url, world.owner.accessToken, name, input);

const signIn = (victim: Victim) => {
  const login = { login: victim.name, password: victim.password, device };
  return call(world.url, null, 'session.create', login);
};

const invite = ({ userId }: Victim) =>
  asOwner('channel.addMembers', { channelId, userIds: [userId] });

const nothing = () => Promise.resolve();

const ways: Record<string, Way> = {
  'channel.removeMember': {
    act: ({ userId }) => asOwner('channel.removeMember', { channelId, userId }),
    undo: invite,
    code: 'not_found',
  },
  'session.revoke': {
    act: ({ home }, { sessionId }) =>
      call(world.url, home.accessToken, 'session.revoke', { sessionId }),
    undo: nothing,
    code: 'unauthenticated',
  },
  'session.end': {
    act: (_, { accessToken }) => call(world.url, accessToken, 'session.end', {}),
    undo: nothing,
    code: 'unauthenticated',
  },
  'user.deactivate': {
    act: ({ userId }) => asOwner('user.deactivate', { userId }),
    undo: async (victim) => {
      await asOwner('user.reactivate', { userId: victim.userId });
      victim.home = await signIn(victim);
    },
    code: 'unauthenticated',
  },
  'account.changePassword': {
    act: async (victim) => {
      const newPassword = `${victim.password}!`;
      const passwords = { currentPassword: victim.password, newPassword };
      await call(world.url, victim.home.accessToken, 'account.changePassword', passwords);
      victim.password = newPassword;
    },
    undo: nothing,
    code: 'unauthenticated',
  },
};

beforeAll(async () => {
  world = await startProcessWorld();
  const speakers: SignedIn[] = [];
  for (let n = 0; n < 4; n += 1) speakers.push(await world.register(`speaker${n}`));
  const { channel } = await asOwner('channel.create', {
    kind: 'private',
    name: 'war-room',
    userIds: speakers.map(({ user }) => user.id),
  });
  channelId = channel.id;
  [speaker] = speakers as [SignedIn];
  const nonce = crypto.randomUUID();
  ({ message: root } = await asOwner('message.post', { channelId, nonce, text: 'a thread' }));
  victims = [];
  for (let n = 0; n < victimCount; n += 1) {
    const name = `victim${n}`;
    const home = await world.register(name, 'guest');
    victims.push({ name, userId: home.user.id, home, password });
  }
  await Promise.all(victims.map(invite));
  commits = await watchCommits(world.databaseUrl);
  load = await startLoad(world.url, speakers, channelId);
});
afterAll(async () => {
  await commits.stop();
  await world.close();
});

const isOfRoom = ({ audience }: UnknownEvent) => audience === `channel:${channelId}`;

/** The event that shows somebody out, in their own stream. */
const isRevocation = ({ type }: UnknownEvent) =>
  ['membership.removed', 'session.revoked', 'user.deactivated'].includes(type);

/** Whether there was such an event; looks at each batch once. */
function hasHeard(client: TestClient, wanted: (event: UnknownEvent) => boolean): () => boolean {
  let seen = 0;
  let isThere = false;
  return () => {
    for (; !isThere && seen < client.batches.length; seen += 1) {
      isThere = client.batches[seen]?.events.some(wanted) ?? false;
    }
    return isThere;
  };
}

/** From the commit of the revocation to the last that came after all, in ms; at most. */
function deafAfterMs(client: TestClient): number {
  const revocation = client.events().find(isRevocation);
  if (!revocation) throw new Error('nothing told of the revocation');
  const late = client.events().filter((e) => isOfRoom(e) && e.position > revocation.position);
  expect(late).toEqual([]);
  const lastOfRoom = client.batches.findLastIndex(({ events }) =>
    events.some((event) => isOfRoom(event) || isRevocation(event)),
  );
  const lastAt = Math.max(client.arrivals[lastOfRoom] ?? 0, client.ephemeralArrivals.at(-1) ?? 0);
  return Math.max(0, lastAt - commits.at(revocation.position));
}

/** What is asked for in vain afterwards: history, threads, typing, people. */
function attempts(token: string): Promise<unknown>[] {
  const messageId = root.id;
  return [
    call(world.url, token, 'message.history', { channelId }),
    call(world.url, token, 'message.history', { channelId, threadRootId: messageId }),
    call(world.url, token, 'message.get', { messageId }),
    call(world.url, token, 'message.revisions', { messageId }),
    call(world.url, token, 'message.readers', { messageId }),
    call(world.url, token, 'thread.markRead', { messageId, number: 1 }),
    call(world.url, token, 'channel.members', { channelId }),
    call(world.url, token, 'typing.start', { channelId }),
    call(world.url, token, 'typing.start', { channelId, threadRootId: messageId }),
  ];
}

/** Lets somebody listen on all transports, shows them out, and measures how long they heard more. */
async function showOut(victim: Victim, way: Way): Promise<number[]> {
  const { url } = world;
  const listening = await signIn(victim);
  const token = listening.accessToken;
  const clients = await Promise.all(connects.map((connect) => connect(url, token)));
  const watch = { userIds: [speaker.user.id] };
  for (const client of clients.slice(0, 2)) await client.command('presence.watch', watch);
  const hear = clients.map((client) => hasHeard(client, isOfRoom));
  await until(() => hear.every((has) => has()), 'all hear the room');
  await way.act(victim, listening);
  const since = { posted: load.posted(), at: performance.now() };
  const told = clients.map((client) => hasHeard(client, isRevocation));
  await until(() => told.every((has) => has()), 'each is told that it is over');
  if (way.code === 'unauthenticated') await Promise.all(clients.map(({ closed }) => closed));
  await until(
    () => load.posted() >= since.posted + messagesMore && performance.now() >= since.at + listenMs,
    'the talk has gone on for a while',
  );
  const delays = clients.map(deafAfterMs);
  const refused = attempts(token);
  expect(await refusals(refused)).toEqual(refused.map(() => way.code));
  if (way.code === 'unauthenticated') {
    const again = await Promise.allSettled(connects.map((connect) => connect(url, token)));
    expect(again.map(({ status }) => status)).toEqual(connects.map(() => 'rejected'));
  } else {
    // A guest shares no conversation with the speaker any more.
    const { presences } = await call(url, token, 'presence.watch', watch);
    expect(presences).toEqual([]);
  }
  for (const client of clients) client.close();
  await way.undo(victim);
  return delays;
}

it('revoked means deaf, under load', async () => {
  const entries = Object.entries(ways);
  const delays = new Map<string, number[]>(entries.map(([name]) => [name, []]));
  const rotated = (by: number) => [...entries.slice(by), ...entries.slice(0, by)];
  const all = await Promise.all(
    victims.map(async (victim, index) => {
      const own: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        for (const [name, way] of rotated((index + round) % entries.length)) {
          const measured = await showOut(victim, way);
          delays.get(name)?.push(...measured);
          own.push(...measured);
        }
      }
      return own;
    }),
  );
  const rate = await load.stop();
  const percentile = (list: number[], part: number) => {
    const sorted = [...list].sort((a, b) => a - b);
    return Math.round(sorted[Math.ceil(sorted.length * part) - 1] ?? 0);
  };
  const figures = [...delays, ['all', all.flat()] as const].map(([name, list]) => {
    const worst = percentile(list, 1);
    return `${name}: ${list.length}, p50 ${percentile(list, 0.5)}, p99 ${percentile(list, 0.99)}, worst ${worst} ms`;
  });
  process.stdout.write(`${Math.round(rate)} messages a second\n${figures.join('\n')}\n`);
  expect(all.flat().length).toBe(victimCount * rounds * entries.length * connects.length);
  expect(percentile(all.flat(), 0.99)).toBeLessThanOrEqual(1_000);
}, 240_000);
