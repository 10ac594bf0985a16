import { expect, it } from 'vitest';
import type { Event } from '@parley/shared/protocol/events.ts';
import { NodeMemory, type Remembering } from './node-memory.ts';

const at = '2026-11-25T09:00:00.000Z';

function eventAt(position: number): Event {
  const data = { channelId: 'c', memberCount: 1, userId: 'u' };
  return { position, audience: 'channel:c', type: 'member.left', at, actorId: null, data };
}

class Recorder implements Remembering {
  readonly heard: (number | 'cleared')[] = [];
  observe({ position }: Event): void {
    this.heard.push(position);
  }
  clear(): void {
    this.heard.push('cleared');
  }
}

it('is current only at the position that it has followed the log to', () => {
  const memory = new NodeMemory([]);
  expect(memory.isCurrent(0)).toBe(false);
  memory.observe(eventAt(7));
  expect([6, 7, 8].map((position) => memory.isCurrent(position))).toEqual([false, true, false]);
  expect([6, 7, 8].map((position) => memory.hasHeard(position))).toEqual([true, true, false]);
});

it('forgets everything after a hole, before it goes on', () => {
  const part = new Recorder();
  const memory = new NodeMemory([part]);
  for (const position of [7, 8, 10, 11]) memory.observe(eventAt(position));
  expect(part.heard).toEqual(['cleared', 7, 8, 'cleared', 10, 11]);
});

it('knows from the start where it stands, and nothing of before once the log is another one', () => {
  const part = new Recorder();
  const memory = new NodeMemory([part]);
  memory.observe(eventAt(7));
  memory.startAt(5);
  expect(part.heard).toEqual(['cleared', 7, 'cleared']);
  expect([5, 7].map((position) => memory.isCurrent(position))).toEqual([true, false]);
});
