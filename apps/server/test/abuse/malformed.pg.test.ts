import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SignedIn } from '@parley/shared/protocol/session.ts';
import { startProcessWorld, type ProcessWorld } from '../process-world.ts';
import { connectRaw, plainPath, socketIoPath, upgradeRequest } from './raw.ts';
import { socketsOf, untilMetrics, witness } from './witness.ts';

const kibibyte = 1024;
const limitBytes = 256 * kibibyte;
const withinMs = 20_000;

let world: ProcessWorld;
let mallory: SignedIn;

beforeAll(async () => {
  world = await startProcessWorld({
    // What does not stay within this ends the server, and the test with it.
    NODE_OPTIONS: '--max-old-space-size=256',
    PARLEY_LOG_LEVEL: 'error',
  });
  mallory = await world.register('mallory');
});
afterAll(async () => {
  await world.close();
  // A warning of Node, a stack trace, an error of the log: nothing of the kind was to be said.
  expect(world.server.complaints).toEqual([]);
});

const seed = Number(process.env.PARLEY_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const randomBytes = (count: number, maxLength: number): Uint8Array[] =>
  fc.sample(fc.uint8Array({ minLength: 1, maxLength }), { seed, numRuns: count });

const nested = (open: string, close: string, depth: number) =>
  open.repeat(depth) + close.repeat(depth);

/** Text that is no command, though some of it is JSON. */
const texts = [
  '',
  ' ',
  '{',
  '}',
  'null',
  'true',
  '7',
  '"text"',
  '[]',
  '{}',
  '1e999',
  '-0',
  '{"id":1}',
  '{"id":{},"command":[],"input":null}',
  '{"id":1,"command":"message.post","input":{"text":"\\ud800\\u0000"}}',
  '{"id":1,"command":"__proto__","input":{"__proto__":{"admin":true}}}',
  '{"id":1,"command":"constructor","input":{"constructor":{"prototype":{}}}}',
  '{"auth":null}',
  '{"auth":{"token":"a.b.c"}}',
  '{"auth":{"token":["a"],"after":-1}}',
  '{"auth":{"token":"x","after":1e300,"epoch":""}}',
  nested('[', ']', 100_000),
  nested('{"a":', '1}', 5_000).replace('1}', '{}}'),
  `{"id":1,"command":"message.post","input":${nested('[', ']', 50_000)}}`,
  `{"id":1,"command":"preferences.set","input":{"keywords":${nested('[', ']', 50_000)}}}`,
  `{"id":"${'x'.repeat(1_000)}","command":"server.info","input":{}}`,
  `{"command":"${'y'.repeat(200_000)}"}`,
  '\u{feff}{}',
  '🎈'.repeat(10_000),
];

/** Packets that engine.io and Socket.IO do not expect, or do not expect now. */
const packets = [
  ...[
    '',
    '0',
    '1',
    '2',
    '2probe',
    '3',
    '4',
    '5',
    '6',
    '7',
    '9',
    'b',
    'bAAAA',
    '\u001e',
    '4\u001e4',
  ],
  ...['40', '40{', '40[]', '40null', '40"x"', '40{"token":1}', '40{"token":"x","after":"y"}'],
  ...['40/admin,', '40/admin,{"token":"x"}', `40/${'n'.repeat(100_000)},`, '41', '41/admin,'],
  ...['42', '42[', '42[]', '42[1]', '42{}', '42["command"]', '42["command",{},[],1]'],
  ...['42["disconnect"]', '42["connect_error","x"]', '42["newListener","x"]', '42["error"]'],
  ...['421["command","server.info",{}]', '429007199254740993["command","server.info",{}]'],
  ...['43', '431[]', '4399[1]', '44', '44{"message":"x"}', '45', '451-', '46', '47', '4x'],
  '451-["command",{"_placeholder":true,"num":0}]',
  '4599999999-["command"]',
  '451-["command",{"_placeholder":true,"num":-1}]',
  `42["command",${nested('[', ']', 100_000)}]`,
  `421["command","message.post",${nested('[', ']', 100_000)}]`,
  `451-["command",${nested('[', ']', 100_000)}]`,
  `40${nested('{"a":', '{}}', 5_000)}`,
];

/** Sends everything on one connection and breaks it off; resolves when it is gone, whoever ended it. */
function pester(path: string, frames: (string | Uint8Array)[], headers = {}): Promise<void> {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}${path}`, { headers });
  const overdue = setTimeout(() => {
    socket.terminate();
  }, withinMs);
  socket.on('open', () => {
    for (const frame of frames) socket.send(frame);
    // Behind all of it, so that the server has read everything unless it has ended the connection.
    socket.ping();
  });
  socket.on('pong', () => {
    socket.terminate();
  });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('close', () => {
      clearTimeout(overdue);
      resolve();
    });
  });
}

/** Bytes on a connection that has just become a WebSocket. */
async function spoil(path: string, bytes: Uint8Array): Promise<void> {
  const { socket, closed } = connectRaw(world.url, upgradeRequest(path));
  socket.write(bytes);
  socket.end();
  await closed;
}

/** How the server closes a WebSocket that sends this. */
function closeCode(path: string, frame: string | Uint8Array): Promise<number> {
  const socket = new WebSocket(`${world.url.replace('http', 'ws')}${path}`);
  socket.on('open', () => {
    socket.send(frame);
  });
  return new Promise((resolve, reject) => {
    socket.on('close', resolve);
    socket.on('error', reject);
  });
}

const authorization = () => ({ authorization: `Bearer ${mallory.accessToken}` });

async function settled(): Promise<void> {
  const metrics = await untilMetrics(
    world,
    (now) => now.value('parley_sessions') === 0 && socketsOf(now) <= 2,
    'all connections are gone',
  );
  expect(metrics.text).not.toMatch(/parley_commands_total\{[^}]*code="internal"/);
}

describe('floods of malformed frames', () => {
  it('disturb nobody and leave nothing behind, on any transport', async () => {
    process.stdout.write(`seed ${seed}\n`);
    const testimony = await witness(world, async () => {
      const rawBytes = async () => {
        for (const bytes of randomBytes(150, 4 * kibibyte)) {
          const { socket, closed } = connectRaw(world.url, bytes);
          socket.end();
          await closed;
        }
      };
      const bodies = async () => {
        const inputs = [...texts, ...randomBytes(30, 4 * kibibyte)];
        for (const [index, body] of inputs.entries()) {
          const response = await fetch(`${world.url}/api/v1/message.post`, {
            method: 'POST',
            headers: index % 2 === 0 ? authorization() : {},
            body: Buffer.from(body),
          });
          await response.arrayBuffer();
          expect([400, 401]).toContain(response.status);
        }
      };
      const plainFrames = async () => {
        const frames = [...texts, ...randomBytes(20, kibibyte)];
        for (const frame of frames) {
          await pester(plainPath, [frame]);
          await pester(plainPath, [frame, frame, frame], authorization());
        }
      };
      const socketIoPackets = async () => {
        const signIn = `40${JSON.stringify({ token: mallory.accessToken })}`;
        for (const packet of [...packets, ...randomBytes(20, kibibyte)]) {
          await pester(socketIoPath, [packet, packet]);
          await pester(socketIoPath, [signIn, packet, packet]);
        }
        // Sign-ins on top of each other, and attachments that never end.
        await pester(socketIoPath, Array<string>(500).fill(signIn));
        const attachment = new Uint8Array(200 * kibibyte);
        const attachments = Array<Uint8Array>(200).fill(attachment);
        await pester(socketIoPath, ['459-["command"]', ...attachments]);
      };
      const webSocketBytes = async () => {
        for (const bytes of randomBytes(60, 2 * kibibyte)) {
          await spoil(plainPath, bytes);
          await spoil(socketIoPath, bytes);
        }
        // A frame that claims to be enormous, one that is not masked, a control frame of a wrong length.
        for (const head of [
          [0x81, 0xff, 0, 0, 0xff],
          [0x81, 5, 1],
          [0x89, 0xfe, 1, 0],
          [0xf1, 0x80],
        ]) {
          await spoil(plainPath, new Uint8Array([...head, ...Array<number>(64).fill(1)]));
          await spoil(socketIoPath, new Uint8Array([...head, ...Array<number>(64).fill(1)]));
        }
      };
      await Promise.all([rawBytes(), bodies(), plainFrames(), socketIoPackets(), webSocketBytes()]);
    });
    await settled();
    expect(testimony.worstMs).toBeLessThan(5_000);
    expect(testimony.peakMiB - testimony.restMiB).toBeLessThan(200);
  }, 120_000);

  it('end a signed-in connection that only sends what is no command', async () => {
    for (const frame of ['{', new Uint8Array([1, 2, 3])]) {
      expect(await closeCode(plainPath, frame)).toBe(1008);
    }
    expect(await closeCode(socketIoPath, '4x')).toBe(1005);
  });
});

describe('frames and bodies that are too large', () => {
  const tooLarge = 'x'.repeat(limitBytes + 1);

  it('are refused on every transport, before they are read', async () => {
    expect(await closeCode(plainPath, tooLarge)).toBe(1009);
    expect(await closeCode(socketIoPath, tooLarge)).toBe(1009);
    const post = (headers: string, body: string) =>
      connectRaw(
        world.url,
        `POST /api/v1/server.info HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${body}`,
      ).closed;
    const chunk = `${tooLarge.length.toString(16)}\r\n${tooLarge}\r\n0\r\n\r\n`;
    expect(await post(`Content-Length: ${tooLarge.length}`, tooLarge)).toMatch(/^HTTP\/1.1 413 /);
    // It says so and waits for what it will not get.
    expect(await post('Content-Length: 99999999999', '{')).toMatch(/^HTTP\/1.1 413 /);
    expect(await post('Transfer-Encoding: chunked', chunk)).toMatch(/^HTTP\/1.1 413 /);
    expect(await post(`X-Large: ${'y'.repeat(20 * kibibyte)}`, '')).toMatch(/^HTTP\/1.1 431 /);
    const token = `Authorization: Bearer ${'z'.repeat(10 * kibibyte)}`;
    expect(await post(`${token}\r\nContent-Length: 2\r\nConnection: close`, '{}')).toMatch(/ 401 /);
  });

  it('do not add up: fragments of one message count together', async () => {
    const socket = new WebSocket(`${world.url.replace('http', 'ws')}${plainPath}`, {
      headers: authorization(),
    });
    const code = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.on('error', () => undefined);
    socket.on('open', () => {
      for (let n = 0; n < 300; n += 1) socket.send('x'.repeat(kibibyte), { fin: false });
    });
    expect(await code).toBe(1009);
  });

  it('leave the largest that is allowed alone', async () => {
    const input = { channelId: randomUUID(), nonce: randomUUID(), text: 'x'.repeat(16_001) };
    const body = JSON.stringify(input).padEnd(limitBytes);
    const response = await fetch(`${world.url}/api/v1/message.post`, {
      method: 'POST',
      headers: authorization(),
      body,
    });
    expect(response.status).toBe(400);
  });
});
