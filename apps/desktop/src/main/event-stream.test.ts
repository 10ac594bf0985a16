import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { idOf } from '../../../../packages/shared/test/entities.ts';
import type { WireListener } from '../live/wire.ts';
import { eventStream } from './event-stream.ts';

const hello = {
  protocol: { min: 1, max: 1 },
  serverVersion: '0.1.0',
  epoch: 'epoch',
  position: 7,
  sessionId: idOf(9),
  resumed: false,
};
const connected = `: connected ${JSON.stringify(hello)}\n\n`;
const client = { name: 'test', version: '0' };
const eventOf = (position: number, text = '') =>
  `id: ${position}\nevent: message.posted\ndata: ${JSON.stringify({ position, text })}\n\n`;

let heard: unknown[][];
let asked: { url: string; init: RequestInit }[];
let answer: Response;
let write: (text: string | Uint8Array) => void;
let end: () => void;
const listener: WireListener = {
  frame: (name, data) => heard.push([name, data]),
  refused: (data) => heard.push(['refused', data]),
  excessive: () => heard.push(['excessive']),
  closed: () => heard.push(['closed']),
};

beforeEach(() => {
  vi.useFakeTimers();
  heard = [];
  asked = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      write = (text) => {
        controller.enqueue(typeof text === 'string' ? new TextEncoder().encode(text) : text);
      };
      end = () => {
        controller.close();
      };
    },
  });
  answer = new Response(body, { headers: { 'content-type': 'text/event-stream' } });
});
afterEach(() => vi.useRealTimers());

function open(cursor: { after?: number; epoch?: string } = {}) {
  const openWire = eventStream({
    fetch: (url, init) => {
      asked.push({ url, init });
      return Promise.resolve(answer);
    },
    accessToken: () => Promise.resolve(null),
  });
  return openWire('https://chat.example.com', { token: 'secret', client, ...cursor }, listener);
}
const settle = () => vi.advanceTimersByTimeAsync(0);

it('asks for what comes after its place, with the token in a header alone, as a device that nobody is at', async () => {
  open({ after: 5, epoch: 'epoch' });
  await settle();
  const [{ url, init } = { url: '', init: {} }] = asked;
  expect(url).toBe('https://chat.example.com/api/v1/events?presence=away&epoch=epoch');
  expect(init.headers).toMatchObject({ authorization: 'Bearer secret', 'last-event-id': '5' });
});

it('makes frames of what comes, wherever the network cuts it', async () => {
  open({ after: 5 });
  const bytes = new TextEncoder().encode(
    `${connected}: still here\n\n${eventOf(6, 'ü')}${eventOf(9)}`,
  );
  for (const byte of bytes) write(Uint8Array.of(byte));
  await settle();
  expect(heard).toEqual([
    ['hello', hello],
    ['events', { after: 5, position: 6, events: [{ position: 6, text: 'ü' }] }],
    ['events', { after: 6, position: 9, events: [{ position: 9, text: '' }] }],
  ]);
});

it('begins where the log is when it has no place, and puts what comes together into one frame', async () => {
  open();
  write(connected);
  await settle();
  write(eventOf(8) + eventOf(10));
  await settle();
  expect(heard[1]?.[1]).toMatchObject({ after: 7, position: 10, events: [{}, {}] });
});

it('says how long the server wants to be left alone, and that the stream has ended', async () => {
  open();
  write(`${connected}retry: 700\n\n`);
  end();
  await settle();
  expect(heard.slice(1)).toEqual([
    ['goodbye', { reason: 'shutdown', retryAfterMs: 700, reconnect: true }],
    ['closed'],
  ]);
});

it('gives up a stream on which nothing has come for forty seconds', async () => {
  open();
  write(connected);
  await vi.advanceTimersByTimeAsync(39_000);
  write(': still here\n\n');
  await vi.advanceTimersByTimeAsync(39_000);
  expect(heard).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(heard.slice(1)).toEqual([['closed']]);
  expect(asked[0]?.init.signal?.aborted).toBe(true);
});

it.each([
  [
    'a refusal of the server',
    () =>
      new Response(JSON.stringify({ code: 'cursor_expired', detail: 'Too old.' }), { status: 410 }),
    { code: 'cursor_expired', message: 'Too old.' },
  ],
  ['the page of a hotel', () => new Response('<p>Welcome</p>'), undefined],
  [
    'a failure of something in between',
    () => new Response('bad gateway', { status: 502 }),
    undefined,
  ],
])('is refused by %s', async (_what, make, problem) => {
  answer = make();
  open();
  await settle();
  expect(heard).toEqual([['refused', problem]]);
});

it('says nothing more once it is closed, and asks for nobody who is not signed in', async () => {
  const wire = open();
  write(connected);
  await settle();
  wire.close();
  await settle();
  expect(heard).toHaveLength(1);
  await expect(wire.request('server.info', {}, 1_000)).rejects.toThrow('nobody is signed in');
});
