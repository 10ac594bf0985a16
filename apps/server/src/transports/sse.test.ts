import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EventFrame } from '../live/event-frame.ts';
import type { Hub } from '../live/hub.ts';
import { LiveSession, type Outlet } from '../live/session.ts';
import type { Gateway } from './gateway.ts';
import { partingMs } from './cut.ts';
import { Proxies } from './proxies.ts';
import { createSse } from './sse.ts';
import { Bodies } from './bodies.ts';
import { Strangers } from './strangers.ts';

const id = '01900000-0000-7000-8000-000000000001';
const actor = { userId: id, sessionId: id, role: 'member' as const };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A stream that is open, what the hub would write to, and what the reader got so far. */
async function open(query = '') {
  const outlets: Outlet[] = [];
  const hub: Pick<Hub, 'connect' | 'disconnect'> = {
    connect(who, outlet) {
      outlets.push(outlet);
      return { session: new LiveSession(who, outlet), ready: Promise.resolve() };
    },
    disconnect: () => undefined,
  };
  const app = createSse({
    authenticate: () => Promise.resolve(actor),
    // Only these two are asked of it without a cursor.
    hub: hub as Hub,
    runCommand: () => Promise.reject(new Error('no commands')),
    proxies: new Proxies([]),
    strangers: new Strangers(),
    bodies: new Bodies(),
    log: pino({ level: 'silent' }),
  } satisfies Gateway);
  const incoming = new IncomingMessage(new Socket());
  const outgoing = new ServerResponse(incoming);
  const destroy = vi.spyOn(incoming.socket, 'destroy');
  const headers = { authorization: 'Bearer token' };
  const response = await app.request(`/${query}`, { headers }, { incoming, outgoing });
  const [outlet] = outlets;
  if (!outlet || !response.body) throw new Error('the stream was not opened');
  return { outlet, body: response.body, destroy };
}

const event = (position: number, type: string) => {
  const envelope = { position, type };
  // What a stream writes of an event is its position, its type and the JSON that it comes with.
  return { event: envelope as never, json: JSON.stringify(envelope) };
};

async function textOf(body: ReadableStream<Uint8Array>): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body) text += decoder.decode(chunk, { stream: true });
  return text;
}

describe('a stream of events', () => {
  it('carries position, type and event, of the types that were asked for', async () => {
    const { outlet, body } = await open('?types=message.posted,user.updated');
    const text = textOf(body);
    const events = [
      event(5, 'message.posted'),
      event(6, 'member.left'),
      event(7, 'user.updated'),
      event(8, 'message.posted2'),
    ];
    outlet.events(new EventFrame(4, 8, events));
    outlet.goodbye({ reason: 'shutdown', reconnect: true, retryAfterMs: 700 });
    expect(await text).toBe(
      'id: 5\nevent: message.posted\ndata: {"position":5,"type":"message.posted"}\n\n' +
        'id: 7\nevent: user.updated\ndata: {"position":7,"type":"user.updated"}\n\n' +
        'retry: 700\n\n',
    );
  });

  it('has a comment every fifteen seconds', async () => {
    const { outlet, body } = await open();
    const text = textOf(body);
    await vi.advanceTimersByTimeAsync(45_000);
    outlet.goodbye({ reason: 'revoked', reconnect: false });
    expect(await text).toBe(': still here\n\n'.repeat(3));
  });

  it('is cut when its reader does not take the end of it', async () => {
    const { outlet, destroy } = await open();
    for (let position = 1; position < 100; position += 1) {
      outlet.events(new EventFrame(position - 1, position, [event(position, 'member.left')]));
    }
    await vi.advanceTimersByTimeAsync(100);
    expect(outlet.bufferedBytes()).toBeGreaterThan(0);
    outlet.goodbye({ reason: 'slow_consumer', reconnect: true, retryAfterMs: 500 });
    await vi.advanceTimersByTimeAsync(partingMs - 100);
    expect(destroy).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(200);
    expect(destroy).toHaveBeenCalledOnce();
  });
});
