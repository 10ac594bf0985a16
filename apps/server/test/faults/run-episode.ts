import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from '@parley/shared/protocol/channel.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import { openDatabase, type Database } from '../../src/database/client.ts';
import { readHead } from '../../src/log/head.ts';
import { readLog } from '../../src/log/event-source.ts';
import { call } from '../server.ts';
import { act, type Player, type Scene } from './act.ts';
import { checkChannels, checkServerStream, checkState, checkStream, hearing } from './check.ts';
import { Client } from './client.ts';
import { Ledger } from './ledger.ts';
import { Model } from './model.ts';
import { peopleCount, type HostFault, type NetworkFault, type Plan } from './plan.ts';
import { refreshSessions, type Stage } from './stage.ts';
import { judgeDeeds } from './verdict.ts';
import { until, within } from './waiting.ts';

const episodeWithinMs = 240_000;
/** From the last fault's end until everybody has everything. */
const healsWithinMs = 60_000;
const wholeLog = 1_000_000;
const emoji = ['👍', '🎉', '👀', '🚀', '🐙', '🍕', '🌍', '🎈', '🧭'];

export type EpisodeReport = {
  deeds: number;
  refused: number;
  events: number;
  attempts: number;
  links: number;
  healedMs: number;
  ms: number;
  violations: string[];
};

/** Plays the plan; resolves to what happened, and to all that should not have. */
export async function runEpisode(stage: Stage, plan: Plan): Promise<EpisodeReport> {
  const startedAt = performance.now();
  await refreshSessions(stage);
  const db = openDirect(stage);
  const start = (await within(healsWithinMs, readHead(db.db), 'the head')).position;
  await db.close();
  const channels = await createChannels(stage);
  const players = await enter(stage, plan, channels);
  const setUpThrough = Math.max(...players.map(({ client }) => client.state.position));
  const scene: Scene = {
    ledger: new Ledger(),
    channels,
    usernames: stage.sessions.slice(0, peopleCount).map(({ user }) => user.username),
  };
  let healedMs = 0;
  let log: Event[] = [];
  const violations: string[] = [];
  const play = async () => {
    await within(episodeWithinMs, perform(stage, plan, scene, players), 'the episode');
    const healedAt = performance.now();
    for (const player of players) {
      await act(scene, player, { do: 'post', pick: 0, mention: false });
    }
    const direct = openDirect(stage);
    try {
      const head = await readHead(direct.db);
      log = await readLog(direct.db, { after: start, through: head.position }, wholeLog);
      const model = new Model(scene.ledger, start, setUpThrough);
      for (const event of log) model.take(event);
      await untilCaughtUp(players, log, model);
      healedMs = performance.now() - healedAt;
      violations.push(...model.violations, ...judgeDeeds(scene.ledger.deeds, model));
      violations.push(
        ...(await compare(stage, direct.db, { players, channels, log, model, start })),
      );
    } finally {
      await direct.close();
    }
  };
  try {
    if (plan.where === 'bus') await stage.server.withBrokenBus(plan.hints, play);
    else await play();
    stage.server.assertAlive();
  } finally {
    await Promise.all(players.map(({ client }) => client.sleep()));
  }
  const counts = players.map(({ client }) => client.counts);
  return {
    deeds: scene.ledger.deeds.length,
    refused: scene.ledger.deeds.filter(({ reply }) => reply?.ok === false).length,
    events: log.length,
    attempts: counts.reduce((sum, { attempts }) => sum + attempts, 0),
    links: counts.reduce((sum, { links }) => sum + links, 0),
    healedMs,
    ms: performance.now() - startedAt,
    violations,
  };
}

function openDirect(stage: Stage) {
  return openDatabase(stage.postgres.directUrl, { maxConnections: 2 });
}

async function createChannels(stage: Stage): Promise<Channel[]> {
  const [owner] = stage.sessions;
  if (!owner) throw new Error('nobody is signed in');
  const everybody = stage.sessions.slice(1, peopleCount).map(({ user }) => user.id);
  const kinds = [
    { kind: 'public', userIds: everybody },
    { kind: 'private', userIds: everybody },
    { kind: 'public', userIds: everybody.slice(0, 1) },
  ] as const;
  const channels: Channel[] = [];
  for (const { kind, userIds } of kinds) {
    const input = { kind, name: `c-${randomUUID()}`, userIds: [...userIds] };
    const { channel } = await call(stage.server.url, owner.accessToken, 'channel.create', input);
    channels.push(channel);
  }
  return channels;
}

async function enter(stage: Stage, plan: Plan, channels: Channel[]): Promise<Player[]> {
  const players: Player[] = [];
  for (const [index, { person, transport }] of plan.clients.entries()) {
    const session = stage.sessions[index];
    if (!session) throw new Error('there is no session for this client');
    const { url } = stage.server;
    const name = `client ${index} (person ${person}, ${transport})`;
    const client = new Client({ name, url, transport, session });
    client.begin(await call(url, session.accessToken, 'sync.bootstrap', {}));
    const joined = channels.filter(({ id }) => client.state.conversations.has(id));
    players.push({
      client,
      emoji: emoji[index] ?? '👍',
      ownsMemberships: index < peopleCount,
      joined: new Set(joined.map(({ id }) => id)),
      ownMessageIds: [],
      reacted: new Set(),
    });
  }
  return players;
}

/** Everybody acts while things break; then everything is whole again. */
async function perform(stage: Stage, plan: Plan, scene: Scene, players: Player[]): Promise<void> {
  const acting = players.map(async (player, index) => {
    player.client.wake();
    for (const { afterMs, action } of plan.clients[index]?.actions ?? []) {
      await delay(afterMs);
      await act(scene, player, action);
    }
  });
  const hosts = async () => {
    for (const { afterMs, fault } of plan.hosts) {
      await delay(afterMs);
      await breakHost(stage, fault);
    }
  };
  const network = async () => {
    for (const { afterMs, fault } of plan.network) {
      await delay(afterMs);
      await breakNetwork(stage, fault);
    }
    stage.server.proxy.endHalfOpen();
  };
  await Promise.all([...acting, hosts(), network()]);
  stage.postgres.endHalfOpen();
}

async function breakHost({ server, postgres }: Stage, fault: HostFault): Promise<void> {
  switch (fault.kind) {
    case 'server.kill':
      await server.kill(fault.downMs);
      return;
    case 'server.stop':
      await server.suspend(fault.ms);
      return;
    case 'postgres.fast':
      await postgres.restart('fast', fault.downMs);
      return;
    case 'postgres.immediate':
      await postgres.restart('immediate', fault.downMs);
      return;
    case 'postgres.vanish':
      await postgres.vanish(fault.ms, server.toleratesSilenceMs);
      return;
    case 'pool.fill':
      await postgres.fillPool(fault.ms);
      return;
  }
}

async function breakNetwork({ server: { proxy } }: Stage, fault: NetworkFault): Promise<void> {
  switch (fault.kind) {
    case 'cut':
      proxy.cut(fault.every);
      return;
    case 'delay':
      proxy.delay(fault.every, fault.byMs);
      break;
    case 'half-open':
      proxy.halfOpen(fault.every, fault.direction);
  }
  await delay(fault.ms);
  proxy.heal();
}

/** Nobody does anything any more: each client comes to have what it must have, by itself. */
async function untilCaughtUp(players: Player[], log: Event[], model: Model): Promise<void> {
  for (const { client } of players) {
    const who = { userId: client.userId, isGuest: client.session.user.role === 'guest' };
    const last = log.findLast((event) => hearing(event, who, model, null) === 'must');
    const there = () => client.state.position >= (last?.position ?? 0);
    await until(healsWithinMs, there, `${client.name} has event ${last?.position ?? 0}`);
  }
}

async function compare(
  stage: Stage,
  db: Database,
  told: { players: Player[]; channels: Channel[]; log: Event[]; model: Model; start: number },
): Promise<string[]> {
  const { url } = stage.server;
  const { players, channels, log, model, start } = told;
  const violations: string[] = [];
  for (const { client } of players) {
    const found = [
      ...client.violations,
      ...checkStream(client, log, model),
      ...(await checkServerStream(url, client, log, model, start)),
      ...(await checkState(url, client)),
    ];
    violations.push(...found.map((violation) => `${client.name}: ${violation}`));
  }
  const token = players[0]?.client.session.accessToken ?? '';
  const channelIds = channels.map(({ id }) => id);
  violations.push(...(await checkChannels({ url, token, db }, channelIds, model)));
  return violations;
}
