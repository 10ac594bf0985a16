import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectWebSocket, until } from '../clients.ts';
import { startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { startTestServer } from '../server.ts';
import { connectRaw, plainPath, socketIoPath, upgradeRequest, type RawConnection } from './raw.ts';
import { socketsOf, untilMetrics, usedMiB, witness } from './witness.ts';

/** What the server allows in all; on Linux every 127.x.y.z is an address of this machine. */
const isLinux = process.platform === 'linux';
const wanted = isLinux ? 10_000 : 3_000;
const addressCount = 10;
const connectAtOnce = 200;

let world: ProcessWorld;

beforeAll(async () => {
  world = await startProcessWorld({ PARLEY_LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await world.close();
  expect(world.server.complaints).toEqual([]);
});

/** As many as the system lets this process open beside its own files. */
function affordable(): number {
  const report = process.report.getReport() as {
    userLimits?: { open_files?: { soft: number | 'unlimited' } };
  };
  const soft = report.userLimits?.open_files?.soft ?? 'unlimited';
  return soft === 'unlimited' ? wanted : Math.min(wanted, soft - 500);
}

/** What a stranger says before it falls silent: nothing, half a request, or an upgrade without a sign-in. */
const beginnings = [
  '',
  'GET / HTTP/1.1\r\nHost: ',
  upgradeRequest(plainPath),
  upgradeRequest(socketIoPath),
];

/** One after the other tells of a header byte by byte, and never comes to its end. */
function dripping(url: string): RawConnection {
  const connection = connectRaw(url, 'GET /healthz HTTP/1.1\r\nX-Slow: ');
  const timer = setInterval(() => connection.socket.write('x'), 200);
  connection.socket.on('close', () => {
    clearInterval(timer);
  });
  return connection;
}

/** Connections that say something and then only their half of goodbye, or not even that. */
function halfClosed(url: string, token: string): RawConnection[] {
  const events = `GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  return [
    '',
    'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n',
    'POST /api/v1/server.info HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{',
    events,
    upgradeRequest(plainPath),
    upgradeRequest(plainPath, { Authorization: `Bearer ${token}` }),
    upgradeRequest(plainPath, { Authorization: 'Bearer no.such.token' }),
    upgradeRequest(plainPath, { 'Sec-WebSocket-Key': 'short' }),
    upgradeRequest(plainPath, { 'Sec-WebSocket-Version': '7' }),
    upgradeRequest(socketIoPath),
  ].map((first) => {
    const connection = connectRaw(url, first, { allowHalfOpen: true });
    connection.socket.end();
    return connection;
  });
}

/** Upgrades that come to nothing, by clients that leave their half open for ever. */
function refused(url: string): { connection: RawConnection; status: RegExp }[] {
  const upgrades: [request: string, status: RegExp][] = [
    [upgradeRequest('//'), /^HTTP\/1.1 404 /],
    [upgradeRequest('/no/such/path'), /^HTTP\/1.1 404 /],
    [upgradeRequest('/socket.io'), /^HTTP\/1.1 404 /],
    [upgradeRequest(socketIoPath, { Upgrade: 'h2c' }), /^HTTP\/1.1 400 /],
    [upgradeRequest('/socket.io/?EIO=4&transport=polling'), /^HTTP\/1.1 400 /],
    [upgradeRequest('/socket.io/?EIO=3&transport=websocket'), /Unsupported protocol version/],
    [upgradeRequest(`${socketIoPath}&sid=none`), /^HTTP\/1.1 400 /],
    [upgradeRequest(plainPath, { Authorization: 'Bearer no.such.token' }), /^HTTP\/1.1 401 /],
    [upgradeRequest(plainPath, { 'Sec-WebSocket-Key': 'short' }), /^HTTP\/1.1 400 /],
    [upgradeRequest(plainPath, { Upgrade: 'h2c' }), /^HTTP\/1.1 404 /],
  ];
  return upgrades.map(([request, status]) => ({
    connection: connectRaw(url, request, { allowHalfOpen: true }),
    status,
  }));
}

/** Breaks upgrades off in their middle. */
async function resets(url: string, token: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const headers = { Authorization: `Bearer ${token}` };
  const requests = [
    upgradeRequest(plainPath, headers),
    upgradeRequest(plainPath),
    upgradeRequest(socketIoPath),
    upgradeRequest(plainPath).slice(0, 60),
  ];
  for (let n = 0; n < 200; n += 1) {
    const socket = connectTcp({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(requests[n % requests.length] ?? '', () => {
      socket.resetAndDestroy();
    });
    await once(socket, 'close');
  }
}

describe('connections that never sign in', () => {
  it('are ended after ten seconds, thousands of them, and nobody notices', async () => {
    const count = affordable();
    const rest = await world.metrics();
    const strangers: RawConnection[] = [];
    const others: RawConnection[] = [];
    const halfOpen: RawConnection[] = [];
    let longestMs = 0;
    let used = 0;
    let atOnce = 0;
    const testimony = await witness(world, async () => {
      // Beside them, what is slow or broken in other ways.
      const { accessToken } = world.owner;
      for (let n = 0; n < 20; n += 1) {
        others.push(dripping(world.url), ...halfClosed(world.url, accessToken));
      }
      for (const { connection, status } of refused(world.url)) {
        halfOpen.push(connection);
        await connection.ended;
        expect(connection.received()).toMatch(status);
      }
      await resets(world.url, accessToken);
      const openedAt: number[] = [];
      while (strangers.length < count) {
        const some = Array.from({ length: connectAtOnce }, (_, n) => {
          const index = strangers.length + n;
          const beginning = beginnings[index % beginnings.length] ?? '';
          const localAddress = `127.0.0.${2 + (index % addressCount)}`;
          return connectRaw(world.url, beginning, isLinux ? { localAddress } : {});
        });
        await Promise.all(some.map(({ socket }) => once(socket, 'connect')));
        openedAt.push(...some.map(() => performance.now()));
        strangers.push(...some);
      }
      const full = await world.metrics();
      used = usedMiB(full);
      atOnce = full.value('parley_strangers');
      const ended = strangers.map(async ({ closed }, index) => {
        await closed;
        longestMs = Math.max(longestMs, performance.now() - (openedAt[index] ?? 0));
      });
      await Promise.all([...ended, ...others.map(({ closed }) => closed)]);
    });
    const figures = { count, atOnce, longestMs: Math.round(longestMs), usedMiB: Math.round(used) };
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    await untilMetrics(
      world,
      (metrics) => socketsOf(metrics) <= 2 && usedMiB(metrics) < usedMiB(rest) + 60,
      'they are gone, and their memory with them',
      60_000,
    );
    // To the end these had not closed their half.
    for (const { socket } of halfOpen) socket.destroy();
    // Ten seconds, a second to look around, five to part: and a machine that does other things as well.
    expect(longestMs).toBeLessThan(30_000);
    expect(testimony.worstMs).toBeLessThan(5_000);
    expect(testimony.peakMiB - testimony.restMiB).toBeLessThan(600);
  }, 180_000);

  it('are bounded: the oldest make way, and those who signed in stay', async () => {
    const small = await startTestServer({ strangerLimits: { perAddress: 10, total: 10 } });
    try {
      const signedIn = await Promise.all([
        connectWebSocket(small.url, small.owner.accessToken),
        connectWebSocket(small.url, small.owner.accessToken, {}, 'header'),
      ]);
      const strangers: RawConnection[] = [];
      for (let n = 0; n < 30; n += 1) {
        const stranger = connectRaw(small.url, upgradeRequest(plainPath));
        strangers.push(stranger);
        await until(() => stranger.received() !== '', 'it has been upgraded');
      }
      const open = () => strangers.filter(({ isClosed }) => !isClosed());
      await until(() => open().length <= 10, 'the oldest have made way');
      expect(open()).toEqual(strangers.slice(-10));
      for (const client of signedIn) {
        expect(await client.command('server.info', {})).toMatchObject({ ok: true });
        client.close();
      }
      for (const { socket } of strangers) socket.destroy();
    } finally {
      await small.close();
    }
  });
});
