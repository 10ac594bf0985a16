import { expect, test } from 'vitest';
import { closedLoop, openLoop, Run, type Room } from './load.ts';
import { beginningOfMarker, markedText, Sink } from './marker.ts';

/** A room of two in which `deliver` decides what becomes of each message's text. */
function room(deliver: (text: string, to: (recipient: number, text: string) => void) => void) {
  const sink = new Sink();
  const to = (recipient: number, text: string) => {
    const bytes = Buffer.from(`{"text":"${text}","at":"2026-01-01T00:00:00.000Z"}`);
    sink.scan(recipient, bytes, 0, bytes.length);
  };
  const sender = { send: (_channel: string, text: string) => deliver(text, to) };
  const rooms: Room[] = [{ channel: 'one', members: [0, 1], senders: [sender] }];
  return new Run(sink, rooms, { echo: true });
}

async function send(run: Run, count: number): Promise<void> {
  run.attach();
  for (let index = 0; index < count; index += 1) run.send(0, 0, performance.now());
  await run.drain({ stallMs: 50 });
  run.detach();
}

test('what arrives once, in order, is in order', async () => {
  const run = room((text, to) => [0, 1].forEach((recipient) => to(recipient, text)));
  await send(run, 100);
  expect(run.outcome()).toMatchObject({
    sent: 100,
    delivered: 200,
    lost: 0,
    doubled: 0,
    outOfOrder: 0,
    stray: 0,
    roomsDisagree: 0,
  });
});

test('a delivery that never comes is lost', async () => {
  const run = room((text, to) => to(0, text));
  await send(run, 10);
  expect(run.outcome()).toMatchObject({ lost: 10, delivered: 10, roomsDisagree: 1 });
});

test('a delivery that comes twice is doubled', async () => {
  const run = room((text, to) => [0, 1, 1].forEach((recipient) => to(recipient, text)));
  await send(run, 10);
  expect(run.outcome()).toMatchObject({ lost: 0, doubled: 10 });
});

test('a later message before an earlier one is out of order', async () => {
  let held: string | null = null;
  const run = room((text, to) => {
    to(0, text);
    if (held === null) held = text;
    else {
      to(1, text);
      to(1, held);
      held = null;
    }
  });
  await send(run, 10);
  expect(run.outcome()).toMatchObject({ lost: 0, outOfOrder: 5, roomsDisagree: 1 });
});

test('a delivery to somebody outside the room is stray', async () => {
  const run = room((text, to) => [0, 1, 7].forEach((recipient) => to(recipient, text)));
  await send(run, 3);
  expect(run.outcome()).toMatchObject({ lost: 0, stray: 3 });
});

test('the open loop sends what is due, the closed loop keeps messages under way', async () => {
  const everybody = () =>
    room((text, to) => setImmediate(() => [0, 1].forEach((recipient) => to(recipient, text))));
  const open = everybody();
  await openLoop(open, 500, 0.1);
  expect(open.outcome()).toMatchObject({ sent: 50, lost: 0 });
  const closed = everybody();
  const options = { underWay: 4, warmUpS: 0.02, seconds: 0.05 };
  const pace = await closedLoop(closed, options, () => () => 'measured');
  expect(pace.measured).toBe('measured');
  expect(pace.deliveries).toBeGreaterThan(0);
  expect(closed.outcome()).toMatchObject({ lost: 0, doubled: 0, outOfOrder: 0 });
});

test('every marker in a frame is found, wherever it lies, and none that is cut off', () => {
  const sink = new Sink();
  const found: number[] = [];
  sink.receive = (_recipient, tag, index) => found.push(tag * 1000 + index);
  for (let before = 0; before < 30; before += 1) {
    for (let between = 0; between < 30; between += 1) {
      const text = `${'1'.repeat(before)}${markedText(7, 1).slice(0, 13)}${'#'.repeat(between)}${markedText(7, 2).slice(0, 13)}`;
      const bytes = Buffer.from(text);
      found.length = 0;
      sink.scan(0, bytes, 0, bytes.length);
      expect(found).toEqual([7001, 7002]);
      found.length = 0;
      sink.scan(0, bytes, 0, bytes.length - 1);
      expect(found).toEqual([7001]);
      expect(beginningOfMarker(bytes, bytes.length - 1)).toBe(bytes.length - 13);
    }
  }
});
