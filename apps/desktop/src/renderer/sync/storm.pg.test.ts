import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { call, RealServer } from '../../../test/server.ts';
import { Connection } from '../../live/connection.ts';
import { openSocketIoWire } from './socket-io-wire.ts';

const clientCount = 2_000;
/** As many connections as one sign-in may hold. */
const perSignIn = 32;
const windowMs = 1_000;

let server: RealServer;
let owner: SignedIn;
const signIns: SignedIn[] = [];

beforeAll(async () => {
  server = await RealServer.start();
  owner = await server.setUp();
  while (signIns.length * perSignIn < clientCount) {
    const count = signIns.length;
    signIns.push(await server.register(owner, `person-${count}`, `Person ${count}`));
  }
}, 120_000);
afterAll(() => server.dispose());

async function until(condition: () => boolean, what: string, withinMs: number): Promise<void> {
  const latest = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > latest) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** One client of many: where it stands in the log, and whether it missed or doubled something. */
class StormClient {
  readonly connection: Connection;
  position = 0;
  heard = 0;
  /** Before each further attempt, in ms. */
  waits: number[] = [];
  #epoch = '';

  constructor(token: string, attempted: () => void) {
    this.connection = new Connection({
      getAccess: () => Promise.resolve({ server: server.url, accessToken: token }),
      client: { name: 'storm', version: '0.1.0' },
      cursor: () => (this.#epoch === '' ? null : { after: this.position, epoch: this.#epoch }),
      onHello: (hello) => {
        if (this.#epoch === '') this.position = hello.position;
        this.#epoch = hello.epoch;
      },
      onBatch: ({ events, position }) => {
        this.heard += events.filter(({ type }) => type === 'message.posted').length;
        this.position = position;
      },
      onEphemeral: () => undefined,
      onCursorExpired: () => {
        throw new Error('nothing was pruned');
      },
      onStatus: (status) => {
        if (status.kind === 'offline') this.waits.push(status.retryAt - Date.now());
      },
      now: Date.now,
      random: Math.random,
      openWire: (...args) => {
        attempted();
        return openSocketIoWire(...args);
      },
    });
    this.connection.start();
  }

  get isOnline(): boolean {
    return this.connection.status.kind === 'online';
  }
}

/** How many fell into the fullest window. */
function peakOf(times: number[]): number {
  const counts = new Map<number, number>();
  for (const time of times) {
    const window = Math.floor(time / windowMs);
    counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

it('two thousand clients come back after a restart without a storm, and miss nothing', async () => {
  let attempts: number[] = [];
  const clients = Array.from({ length: clientCount }, (_, index) => {
    const signIn = signIns[Math.floor(index / perSignIn)];
    if (!signIn) throw new Error('too few sign-ins');
    return new StormClient(signIn.accessToken, () => attempts.push(performance.now()));
  });
  const online = () => clients.filter(({ isOnline }) => isOnline).length;
  try {
    await until(() => online() === clientCount, 'all are there', 60_000);
    const { channels } = await call(server.url, owner.accessToken, 'sync.bootstrap', {});
    const channelId = channels[0]?.channel.id ?? '';
    const post = (text: string) =>
      call(server.url, owner.accessToken, 'message.post', {
        channelId,
        nonce: randomUUID(),
        text,
      });
    await server.kill();
    await until(() => online() === 0, 'all have noticed', 10_000);
    attempts = [];
    const startedAt = performance.now();
    await server.restart();
    const readyAt = performance.now();
    await post('said while most are away');
    await until(() => online() === clientCount, 'all are back', 60_000);
    const backAt = performance.now();
    await until(() => clients.every(({ heard }) => heard === 1), 'all have heard it', 20_000);
    expect(clients.map(({ heard }) => heard).filter((heard) => heard !== 1)).toEqual([]);
    // Those that reach a server and cost it something.
    const signedIn = attempts.filter((time) => time >= readyAt);
    const peak = peakOf(signedIn);
    process.stdout.write(
      `${clientCount} clients: server away for ${Math.round(readyAt - startedAt)} ms, all back ` +
        `${Math.round(backAt - readyAt)} ms later; ${attempts.length} attempts, ` +
        `${signedIn.length} once it was there, at most ${peak} in ${windowMs} ms\n`,
    );
    // Each waits for another time than its neighbours.
    const first = clients.map(({ waits }) => waits[0] ?? 0).sort((one, other) => one - other);
    expect(first[clientCount * 0.9]).toBeGreaterThan(3 * (first[clientCount * 0.1] ?? 0));
    expect(signedIn.length).toBeLessThan(clientCount * 2);
  } finally {
    for (const { connection } of clients) connection.stop();
  }
}, 180_000);
