import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Event } from '@parley/shared/protocol/events.ts';
import { until } from '../../test/clients.ts';
import type { Bus, Hint } from './bus.ts';
import { createInProcessBus } from './in-process.ts';
import { createProcessBus, HintRelay, type HintLine } from './processes.ts';

/** What every driver of the bus does, whatever carries the hints. */

/** Nodes that can hear each other; for a driver within one process all are the same bus. */
type Nodes = { one: Bus; other: Bus; end(): void };

const id = '01900000-0000-7000-8000-00000000000a';
const eventAt = (position: number): Event => ({
  position,
  audience: `channel:${id}`,
  type: 'membership.removed',
  at: '2026-11-25T09:00:00.000Z',
  actorId: id,
  data: { channelId: id },
});
const logged = (position: number): Hint => ({
  kind: 'logged',
  position,
  events: [eventAt(position - 1), eventAt(position)],
});
const hints: Hint[] = [
  logged(2),
  { kind: 'logged', position: 7, events: [] },
  {
    kind: 'ephemeral',
    audience: `channel:${id}`,
    exceptUserId: id,
    ephemeral: { type: 'typing', channelId: id, userId: id },
  },
  {
    kind: 'presence.changed',
    nodeId: id,
    version: 1,
    people: [{ userId: id, presence: 'away' }],
  },
  { kind: 'presence.all', nodeId: id, version: 1, people: [] },
  { kind: 'presence.wanted', nodeId: id },
  { kind: 'presence.wanted', nodeId: null },
];

function lineOver(port: MessagePort): HintLine {
  return {
    send: (hint, taken) => {
      port.postMessage(hint);
      setImmediate(taken);
    },
    listen: (listener) => {
      port.on('message', listener);
      return () => port.off('message', listener);
    },
    isOpen: () => true,
  };
}

function betweenProcesses(): Nodes {
  const relay = new HintRelay();
  const channels = [new MessageChannel(), new MessageChannel()];
  const buses = channels.map(({ port1, port2 }) => {
    relay.join(lineOver(port2), () => undefined);
    return createProcessBus(lineOver(port1), () => undefined);
  });
  const [one, other] = buses as [Bus, Bus];
  const end = () => {
    for (const { port1 } of channels) port1.close();
  };
  return { one, other, end };
}

function inProcess(): Nodes {
  const bus = createInProcessBus();
  return { one: bus, other: bus, end: () => undefined };
}

let nodes: Nodes;
afterEach(async () => {
  await nodes.one.close();
  await nodes.other.close();
  nodes.end();
});

function heardBy(bus: Bus): Hint[] {
  const heard: Hint[] = [];
  bus.subscribe((hint) => heard.push(hint));
  return heard;
}

describe.each([
  ['in one process', inProcess],
  ['between processes', betweenProcesses],
])('a bus %s', (_name, open) => {
  it('brings every kind of hint to every node, once and as it was', async () => {
    nodes = open();
    const atOther = heardBy(nodes.other);
    for (const hint of hints) nodes.one.publish(hint);
    await until(() => atOther.length >= hints.length, 'the other node has heard of all');
    expect(atOther).toEqual(hints);
  });

  it('brings a hint to the node itself at once', () => {
    nodes = open();
    const atOne = heardBy(nodes.one);
    nodes.one.publish(logged(2));
    expect(atOne).toEqual([logged(2)]);
  });

  it('keeps the order of one node, both ways', async () => {
    nodes = open();
    const ways: [from: Bus, heard: Hint[]][] = [
      [nodes.one, heardBy(nodes.other)],
      [nodes.other, heardBy(nodes.one)],
    ];
    for (const [from, heard] of ways) {
      heard.splice(0);
      const sent = Array.from({ length: 200 }, (_, index) => logged(index + 2));
      for (const hint of sent) from.publish(hint);
      await until(() => heard.length >= sent.length, 'all have come');
      expect(heard).toEqual(sent);
    }
  });

  it('tells nobody who has stopped to listen', async () => {
    nodes = open();
    const gone: Hint[] = [];
    const unsubscribe = nodes.other.subscribe((hint) => gone.push(hint));
    const stays = heardBy(nodes.other);
    unsubscribe();
    nodes.one.publish(logged(2));
    await until(() => stays.length === 1, 'who still listens has heard');
    expect(gone).toEqual([]);
  });

  it('is reachable while it is open, and carries nothing afterwards', async () => {
    nodes = open();
    const heard = heardBy(nodes.one);
    expect(nodes.one.isReachable()).toBe(true);
    await nodes.one.close();
    nodes.one.publish(logged(2));
    expect(heard).toEqual([]);
  });
});

describe('between processes', () => {
  it('hears nothing of what is no hint, and leaves events that are none to the log', async () => {
    nodes = betweenProcesses();
    const { port1, port2 } = new MessageChannel();
    const bus = createProcessBus(lineOver(port1), () => undefined);
    const heard = heardBy(bus);
    const says = (hint: unknown) => {
      port2.postMessage(typeof hint === 'string' ? hint : JSON.stringify(hint));
    };
    says('not JSON');
    says({ kind: 'no such kind' });
    says({ kind: 'logged', position: -1, events: [] });
    says({ ...hints[2], audience: 'the whole world' });
    says({ kind: 'logged', position: 5, events: [{ ...eventAt(5), data: {} }] });
    says({ kind: 'logged', position: 6, events: [{ ...eventAt(6), type: 'from.the.future' }] });
    says({ kind: 'logged', position: 9, events: [eventAt(7), eventAt(9)] });
    says(logged(11));
    await until(() => heard.length >= 4, 'the last has come');
    expect(heard).toEqual([
      { kind: 'logged', position: 5, events: [] },
      { kind: 'logged', position: 6, events: [] },
      { kind: 'logged', position: 9, events: [] },
      logged(11),
    ]);
    const closed = once(port1, 'close');
    port2.close();
    await closed;
  });

  it('sends a hint that is too large without its events', () => {
    const sent: string[] = [];
    nodes = inProcess();
    const line = (): HintLine => ({
      send: (hint) => sent.push(hint),
      listen: () => () => undefined,
      isOpen: () => true,
    });
    const bus = createProcessBus(line(), () => undefined);
    const events = Array.from({ length: 10_000 }, (_, index) => eventAt(index + 1));
    bus.publish({ kind: 'logged', position: 10_000, events });
    expect(sent).toEqual([JSON.stringify({ kind: 'logged', position: 10_000, events: [] })]);
  });

  it('keeps little for a process that does not read, and goes on once it has read', () => {
    nodes = inProcess();
    const relay = new HintRelay();
    const taken: (() => void)[] = [];
    let waiting = 0;
    let drops = 0;
    let speak: (hint: string) => void = () => undefined;
    relay.join(
      {
        send: () => undefined,
        listen: (listener) => {
          speak = listener;
          return () => undefined;
        },
        isOpen: () => true,
      },
      () => undefined,
    );
    relay.join(
      {
        send: (hint, done) => {
          waiting += hint.length;
          taken.push(() => {
            waiting -= hint.length;
            done();
          });
        },
        listen: () => () => undefined,
        isOpen: () => true,
      },
      () => (drops += 1),
    );
    const hint = 'x'.repeat(64 * 1024);
    for (let each = 0; each < 1_000; each += 1) speak(hint);
    expect(waiting).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(waiting).toBeGreaterThan(3 * 1024 * 1024);
    expect(drops).toBe(1);
    for (const done of taken.splice(0)) done();
    speak(hint);
    expect(waiting).toBe(hint.length);
  });
});
