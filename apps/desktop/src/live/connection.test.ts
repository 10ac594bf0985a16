import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { anEvent, aUser, idOf } from '../../../../packages/shared/test/entities.ts';
import { scriptedNetwork } from '../../test/scripted-wire.ts';
import { Connection, type Access, type ConnectionStatus } from './connection.ts';

const access: Access = { server: 'https://chat.example.com', accessToken: 'token' };

beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
afterEach(() => vi.useRealTimers());

function setUp(options: { access?: () => Promise<Access | null>; random?: () => number } = {}) {
  const network = scriptedNetwork();
  const statuses: ConnectionStatus['kind'][] = [];
  const asked: number[] = [];
  const told: { batches: unknown[]; ephemera: unknown[]; expired: number; hellos: number } = {
    batches: [],
    ephemera: [],
    expired: 0,
    hellos: 0,
  };
  let cursor: { after: number; epoch: string } | null = { after: 7, epoch: 'epoch' };
  const connection = new Connection({
    getAccess: (minValidMs) => {
      asked.push(minValidMs);
      return options.access?.() ?? Promise.resolve(access);
    },
    client: { name: 'test', version: '1' },
    cursor: () => cursor,
    onHello: () => (told.hellos += 1),
    onBatch: (batch) => told.batches.push(batch),
    onEphemeral: (list) => told.ephemera.push(...list),
    onCursorExpired: () => {
      told.expired += 1;
      cursor = null;
    },
    onStatus: ({ kind }) => statuses.push(kind),
    now: Date.now,
    random: options.random ?? (() => 1),
    openWire: network.openWire,
  });
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  return { connection, network, statuses, asked, told, settle };
}

async function online(options?: Parameters<typeof setUp>[0]) {
  const all = setUp(options);
  all.connection.start();
  await all.settle();
  all.network.last().hello();
  return all;
}

describe('a connection', () => {
  it('connects with token and place, and is online with the hello', async () => {
    const { connection, network, statuses, asked, told } = await online();
    expect(network.last().auth).toEqual({
      token: 'token',
      after: 7,
      epoch: 'epoch',
      client: { name: 'test', version: '1' },
    });
    expect(asked).toEqual([30_000]);
    expect(statuses).toEqual(['connecting', 'online']);
    expect(told.hellos).toBe(1);
    connection.stop();
  });

  it('waits longer after each failure, up to thirty seconds, and says until when', async () => {
    const { connection, network, settle } = setUp();
    connection.start();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 9; attempt += 1) {
      await settle();
      network.last().breakBeforeOpening();
      const { status } = connection;
      if (status.kind !== 'offline') throw new Error('it should be offline');
      waits.push(status.retryAt - Date.now());
      await settle(status.retryAt - Date.now());
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect(network.wires.length).toBe(10);
    connection.stop();
  });

  it('spreads its attempts over the whole wait', async () => {
    const { connection, network, settle } = setUp({ random: () => 0.5 });
    connection.start();
    await settle();
    network.last().breakBeforeOpening();
    expect(connection.status).toEqual({ kind: 'offline', retryAt: Date.now() + 250 });
    connection.stop();
  });

  it('does not wait after a good connection, but does when it breaks right after its hello', async () => {
    const { connection, network, settle } = await online();
    const waits: number[] = [];
    for (const lastedMs of [0, 0, 0, 10_000]) {
      await settle(lastedMs);
      network.last().cut();
      const { status } = connection;
      const waitMs = status.kind === 'offline' ? status.retryAt - Date.now() : -1;
      waits.push(waitMs);
      await settle(waitMs);
      network.last().hello();
    }
    expect(waits).toEqual([500, 1_000, 2_000, 500]);
    connection.stop();
  });

  it('gives an attempt up that comes to nothing: no token, no hello', async () => {
    const never = new Promise<Access | null>(() => undefined);
    const silent = setUp({ access: () => never });
    silent.connection.start();
    await silent.settle(20_000);
    expect(silent.connection.status.kind).toBe('offline');
    silent.connection.stop();
    const mute = setUp();
    mute.connection.start();
    await mute.settle(20_000);
    expect(mute.connection.status.kind).toBe('offline');
    expect(mute.network.last().isClosed).toBe(true);
    mute.connection.stop();
  });

  it('hears nothing of a wire that it has left', async () => {
    const { connection, network, told, statuses } = await online();
    const left = network.last();
    connection.stop();
    left.say('events', { after: 0, position: 1, events: [] });
    left.cut();
    expect(told.batches).toEqual([]);
    expect(statuses).toEqual(['connecting', 'online']);
  });

  it('waits as long as the server asks, and a little more', async () => {
    const { connection, network } = await online();
    network.last().cut({ reason: 'shutdown', reconnect: true, retryAfterMs: 5_000 });
    expect(connection.status).toEqual({ kind: 'offline', retryAt: Date.now() + 5_500 });
    connection.stop();
  });

  it('stays away for a while where it is asked not to come back', async () => {
    const { connection, network } = await online();
    network.last().cut({ reason: 'replaced', reconnect: false });
    const { status } = connection;
    expect(status.kind === 'offline' && status.retryAt - Date.now()).toBeGreaterThanOrEqual(30_000);
    connection.stop();
  });

  it('tries at once when it is told to, and only when it waits', async () => {
    const { connection, network, settle } = await online();
    connection.tryNow();
    expect(network.wires.length).toBe(1);
    network.last().cut();
    connection.tryNow();
    await settle();
    expect(network.wires.length).toBe(2);
    connection.stop();
  });
});

describe('tokens', () => {
  it('are fetched afresh once when they are refused, then with waits', async () => {
    const { connection, network, asked, settle } = setUp();
    connection.start();
    await settle();
    network.last().refuse('token_expired');
    await settle();
    expect(asked).toEqual([30_000, Number.MAX_SAFE_INTEGER]);
    network.last().refuse('unauthenticated');
    expect(connection.status.kind).toBe('offline');
    await settle(500);
    network.last().hello();
    expect(connection.status.kind).toBe('online');
    connection.stop();
  });

  it('end the connection when there are none any more', async () => {
    let held: Access | null = access;
    const { connection, network, settle, asked } = await online({
      access: () => Promise.resolve(held),
    });
    held = null;
    network.last().cut({ reason: 'revoked', reconnect: false });
    await settle(500);
    expect(asked.at(-1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(connection.status).toEqual({ kind: 'ended', reason: 'signed_out' });
    connection.tryNow();
    connection.reconnect();
    await settle(60_000);
    expect(network.wires.length).toBe(1);
  });

  it('are asked for again when they cannot be had now', async () => {
    let reachable = false;
    const { connection, network, settle } = setUp({
      access: () =>
        reachable
          ? Promise.resolve(access)
          : Promise.reject(new ParleyError('unavailable', 'no', { retryAfterMs: 2_000 })),
    });
    connection.start();
    await settle();
    expect(connection.status).toEqual({ kind: 'offline', retryAt: Date.now() + 2_500 });
    reachable = true;
    await settle(2_500);
    network.last().hello();
    expect(connection.status.kind).toBe('online');
    connection.stop();
  });
});

describe('what a server says', () => {
  it('of a place that is gone makes the next attempt begin from now', async () => {
    const { connection, network, told, settle } = setUp();
    connection.start();
    await settle();
    network.last().refuse('cursor_expired');
    await settle();
    expect(told.expired).toBe(1);
    expect(network.last().auth).not.toHaveProperty('after');
    network.last().refuse('cursor_expired');
    expect(connection.status.kind).toBe('offline');
    connection.stop();
  });

  it('of its version ends the connection', async () => {
    const refused = setUp();
    refused.connection.start();
    await refused.settle();
    refused.network.last().refuse('unsupported_version');
    expect(refused.connection.status).toEqual({ kind: 'ended', reason: 'unsupported_version' });
    const cut = await online();
    cut.network.last().cut({ reason: 'unsupported_version', reconnect: false });
    expect(cut.connection.status).toEqual({ kind: 'ended', reason: 'unsupported_version' });
  });

  it('is passed on when it can be read', async () => {
    const { connection, network, told } = await online();
    const batch = { after: 7, position: 9, events: [] };
    network.last().say('events', batch);
    const presence = { type: 'presence', userId: '01920000-0000-7000-8000-000000000001' };
    network.last().say('ephemeral', [{ ...presence, presence: 'away' }, { type: 'mood' }, 7]);
    network.last().say('ephemeral', 'nothing of the kind');
    expect(told.batches).toEqual([batch]);
    expect(told.ephemera).toEqual([{ ...presence, presence: 'away' }]);
    connection.stop();
  });

  it('is left when it cannot be read, and asked for as a whole', async () => {
    const { connection, network, told, settle } = await online();
    network.last().say('events', { after: 'seven' });
    expect(told.expired).toBe(1);
    expect(connection.status.kind).toBe('offline');
    await settle(500);
    network.last().say('hello', { protocol: 'none' });
    expect(connection.status.kind).toBe('offline');
    connection.stop();
  });
});

describe('commands', () => {
  it('resolve with the output, and reject with the error that the server gave', async () => {
    const { connection, network } = await online();
    const ended = connection.command('session.end', {});
    const request = network.last().take('session.end');
    expect(request.deadlineMs).toBe(10_000);
    request.answer({ ok: true, output: { newer: 'field' } });
    expect(await ended).toEqual({});
    const failed = connection.command('session.end', {});
    const error = { code: 'rate_limited', message: 'slow', retryAfterMs: 7 };
    network.last().take('session.end').answer({ ok: false, error });
    await expect(failed).rejects.toMatchObject({ code: 'rate_limited', retryAfterMs: 7 });
    connection.stop();
  });

  it('are unavailable without a connection, without an answer, and when it breaks', async () => {
    const { connection, network } = await online();
    const late = connection.command('session.end', {});
    network.last().take('session.end').fail(new Error('timeout'));
    await expect(late).rejects.toMatchObject({ code: 'unavailable' });
    const cut = connection.command('session.end', {});
    network.last().cut();
    await expect(cut).rejects.toMatchObject({ code: 'unavailable' });
    await expect(connection.command('session.end', {})).rejects.toMatchObject({
      code: 'unavailable',
    });
    connection.stop();
  });

  it.each([['nothing'], [{ ok: true, output: { message: 7 } }], [{ ok: 'yes' }]])(
    'are an internal error when the answer is %j',
    async (answer) => {
      const { connection, network } = await online();
      const asked = connection.command('message.get', { messageId: 'x' });
      network.last().take('message.get').answer(answer);
      await expect(asked).rejects.toMatchObject({ code: 'internal' });
      connection.stop();
    },
  );
});

describe('a probe', () => {
  it('leaves a connection alone that answers in time', async () => {
    const { connection, network, settle } = await online();
    const probed = connection.probe(2_000);
    const request = network.last().take('server.info');
    expect(request.deadlineMs).toBe(2_000);
    request.answer({ ok: true, output: {} });
    await probed;
    await settle();
    expect(network.wires.length).toBe(1);
    connection.stop();
  });

  it('replaces one that does not, and an attempt from before the sleep', async () => {
    const { connection, network, settle } = await online();
    const probed = connection.probe(2_000);
    network.last().take('server.info').fail(new Error('timeout'));
    await probed;
    await settle();
    expect(network.wires.length).toBe(2);
    await connection.probe(2_000);
    await settle();
    expect(network.wires.length).toBe(3);
    network.last().breakBeforeOpening();
    await connection.probe(2_000);
    await settle();
    expect(network.wires.length).toBe(4);
    connection.stop();
  });

  it('does not wake a connection that was stopped', async () => {
    const { connection, network, settle } = await online();
    connection.stop();
    await connection.probe(2_000);
    await settle(60_000);
    expect(network.wires.length).toBe(1);
  });
});

describe('a server that sends more than is taken in', () => {
  const event = anEvent('user.created', { user: aUser(idOf(1)) }, 1);
  const batch = (count: number) => ({
    after: 0,
    position: 1,
    events: Array.from({ length: count }, () => event),
  });

  it('is left for half a minute at least when a message is too long, and that is said', async () => {
    const { connection, network } = await online();
    network.last().exceed();
    expect(connection.status).toMatchObject({ kind: 'offline', excess: 'too_large' });
    const { status } = connection;
    expect(status.kind === 'offline' ? status.retryAt - Date.now() : 0).toBeGreaterThan(30_000);
    expect(network.last().isClosed).toBe(true);
    connection.stop();
  });

  it('is left when it floods, whatever it floods with', async () => {
    for (const [name, data] of [
      ['events', batch(20_000)],
      ['ephemeral', Array.from({ length: 20_000 }, () => null)],
    ] as const) {
      const { connection, network } = await online();
      const said = network.last();
      for (let wave = 0; wave < 5 && !said.isClosed; wave += 1) said.say(name, data);
      expect(connection.status).toMatchObject({ kind: 'offline', excess: 'too_fast' });
      connection.stop();
    }
  });

  it('is left at once when it comes back with a flood', async () => {
    const { connection, network, settle, told } = await online();
    for (let wave = 0; wave < 5; wave += 1) network.last().say('events', batch(20_000));
    const before = told.batches.length;
    connection.tryNow();
    await settle();
    network.last().hello();
    network.last().say('events', batch(20_000));
    expect(connection.status).toMatchObject({ excess: 'too_fast' });
    expect(told.batches.length).toBe(before);
    connection.stop();
  });

  it('may bring what a long absence and a busy day bring', async () => {
    const { connection, network, settle } = await online();
    for (let wave = 0; wave < 90; wave += 1) network.last().say('events', batch(1_000));
    for (let second = 0; second < 30; second += 1) {
      await settle(1_000);
      network.last().say('events', batch(1_500));
    }
    expect(connection.status.kind).toBe('online');
    connection.stop();
  });
});
