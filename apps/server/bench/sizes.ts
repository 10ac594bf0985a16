/**
 * `npm run bench:sizes -w @parley/server`: what the same commands cost in a workspace and in one of ten times the
 * messages, channels and people. Server and Postgres as they are shipped, both in reach of one process.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createServer, type ParleyServer } from '../src/app.ts';
import { migrateDatabase, openDatabase } from '../src/database/client.ts';
import { startEmbeddedPostgres } from '../src/database/embedded.ts';
import { createIdentity } from '../src/features/accounts/create-identity.ts';
import {
  channelId,
  farBehind,
  personId,
  sessionId,
  upToDate,
  writeLargeWorkspace,
} from '../test/large-workspace.ts';
import { testSettings } from '../test/settings.ts';

const base = { people: 2_000, channels: 1_000, messages: 1_000_000, events: 200_000 };
const unlimited = { perAddress: 1_000_000_000, perSession: 1_000_000_000 };
const samples = 200;
const posters = 100;
const measuredMs = 4_000;

type Ask = (person: number, name: string, input: object) => Promise<object>;
type Figures = Record<string, string>;

function askerOf(server: ParleyServer): Ask {
  const origin = { requestId: 'bench', address: '127.0.0.1', userAgent: null };
  return (person, name, input) => {
    const actor = {
      userId: personId(person),
      sessionId: sessionId(person),
      role: 'member',
    } as const;
    return server.runCommand({
      name,
      input,
      actor,
      origin,
      // Only commands about presence and typing ask for what is live.
      live: null as never,
    });
  };
}

/** Half of the times are below this, in milliseconds, after some to warm up. */
async function p50(times: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let turn = -10; turn < times; turn += 1) {
    const from = performance.now();
    await work(turn + 10);
    if (turn >= 0) taken.push(performance.now() - from);
  }
  taken.sort((a, b) => a - b);
  return taken[times >> 1] ?? NaN;
}

/** How often in a second this is done when so many do it at once. */
async function rate(width: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  const from = performance.now();
  let done = 0;
  const each = async (worker: number) => {
    for (; performance.now() - from < measuredMs; done += 1) await work(worker + done);
  };
  await Promise.all(Array.from({ length: width }, (_, worker) => each(worker)));
  return (1000 * done) / (performance.now() - from);
}

const ms = (value: number) => `${value.toFixed(1)} ms`;
const perSecond = (value: number) => `${Math.round(value)}/s`;

async function measure(ask: Ask): Promise<Figures> {
  const { epoch, position } = (await ask(upToDate, 'sync.bootstrap', {})) as {
    epoch: string;
    position: number;
  };
  const history = (turn: number) =>
    ask(upToDate, 'message.history', {
      channelId: channelId(1 + (turn % 4)),
      before: 100 + ((turn * 7_919) % 90_000),
      limit: 50,
    });
  const resume = () =>
    ask(upToDate, 'sync.events', { epoch, after: position - 1_000, limit: 1_000 });
  const post = (turn: number) =>
    ask(1 + (turn % 1_000), 'message.post', {
      channelId: channelId(1 + (turn % 4)),
      nonce: randomUUID(),
      text: `message ${turn} of the bench, about as long as they are`,
    });
  return {
    'history of 50, p50': ms(await p50(samples, history)),
    'history of 50, 16 readers': perSecond(await rate(16, history)),
    'bootstrap, p50': ms(await p50(20, () => ask(upToDate, 'sync.bootstrap', {}))),
    'bootstrap, far behind, p50': ms(await p50(20, () => ask(farBehind, 'sync.bootstrap', {}))),
    'resume over 1,000 events, p50': ms(await p50(20, resume)),
    'one post, p50': ms(await p50(samples, post)),
    [`posts, ${posters} at once`]: perSecond(await rate(posters, post)),
  };
}

async function atSize(times: number): Promise<Figures> {
  const scratch = mkdtempSync(join(tmpdir(), 'parley-sizes-'));
  // Passable for the account that Postgres runs as.
  chmodSync(scratch, 0o711);
  const log = pino({ level: 'silent' });
  const postgres = await startEmbeddedPostgres({ dataDir: join(scratch, 'db'), log });
  const client = openDatabase(postgres.url);
  try {
    await migrateDatabase(client.db);
    const from = performance.now();
    await writeLargeWorkspace(postgres.url, {
      people: base.people * times,
      channels: base.channels * times,
      messages: base.messages * times,
      // The log is kept for a month.
      events: base.events,
    });
    const writtenS = (performance.now() - from) / 1000;
    const identity = await createIdentity({ dataDir: scratch });
    const server = createServer({
      db: client.db,
      identity,
      settings: testSettings,
      limits: unlimited,
    });
    await server.hub.start();
    const figures = await measure(askerOf(server));
    await server.close();
    return { 'written in': `${Math.round(writtenS)} s`, ...figures };
  } finally {
    await client.close();
    await postgres.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

const { values } = parseArgs({ options: { times: { type: 'string', default: '1,10' } } });
for (const times of values.times.split(',').map(Number)) {
  const label = `${base.messages * times} messages, ${base.channels * times} channels, ${base.people * times} people`;
  const figures = await atSize(times);
  console.log(`\n${label}`);
  for (const [name, figure] of Object.entries(figures))
    console.log(`  ${name.padEnd(32)}${figure}`);
}
