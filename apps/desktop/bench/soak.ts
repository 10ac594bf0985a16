import { setTimeout as delay } from 'node:timers/promises';
import { maxHeld } from '../src/renderer/sync/timeline.ts';
import { held, switchConversations } from './in-page.ts';
import { slopePerHour, type Line } from './report.ts';
import type { Subject } from './subject.ts';
import type { BenchWorkspace } from './workspace.ts';

const sampleEveryMs = 30_000;

type Sample = {
  hours: number;
  processes: number;
  handles: number;
  heapMiB: number;
  memoryMiB: number;
  listeners: number;
  nodes: number;
};

/**
 * A working day in short: messages come in, conversations are switched, and every half a minute, after garbage was
 * collected, it is counted what the app holds. It begins with as many messages as the app holds of each conversation:
 * what is held in place of something older is no growth. What grows is told as a slope an hour over the samples after
 * the first third.
 */
export async function soak(
  app: Subject,
  workspace: BenchWorkspace,
  minutes: number,
  say: (sample: Sample) => void,
): Promise<Line[]> {
  const session = await app.page.context().newCDPSession(app.page);
  // Each is opened once, so that it is held from here on.
  await switchConversations(app.page, workspace.channels.length + 1);
  for (const channelId of workspace.channels) await workspace.fill(channelId, maxHeld);
  const samples: Sample[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + minutes * 60_000;
  while (performance.now() < endsAt) {
    const until = performance.now() + sampleEveryMs;
    for (let n = 0; performance.now() < until; n += 1) {
      const channelId = workspace.channels[n % workspace.channels.length];
      if (channelId !== undefined) await workspace.post(channelId, `soak ${n}`);
      if (n % 4 === 0) await switchConversations(app.page, 3);
      await delay(250);
    }
    const { heapMiB, listeners, nodes } = await held(session);
    const sample = {
      hours: (performance.now() - startedAt) / 3_600_000,
      processes: app.processes.length,
      handles: app.handles(),
      memoryMiB: app.memoryMiB(),
      heapMiB,
      listeners,
      nodes,
    };
    samples.push(sample);
    say(sample);
  }
  await session.detach();
  const settled = samples.slice(Math.floor(samples.length / 3));
  const slope = (key: Exclude<keyof Sample, 'hours'>) =>
    slopePerHour(settled.map((sample) => [sample.hours, sample[key]] as const));
  return [
    { what: 'heap', unit: 'MiB more an hour', parley: slope('heapMiB'), blank: null, goal: 1 },
    { what: 'listeners', unit: 'more an hour', parley: slope('listeners'), blank: null, goal: 10 },
    { what: 'DOM nodes', unit: 'more an hour', parley: slope('nodes'), blank: null, goal: null },
    { what: 'processes', unit: 'more an hour', parley: slope('processes'), blank: null, goal: 0 },
    {
      what: 'files and sockets',
      unit: 'more an hour',
      parley: slope('handles'),
      blank: null,
      goal: 2,
    },
    {
      what: 'memory of all processes',
      unit: 'MiB more an hour',
      parley: slope('memoryMiB'),
      blank: null,
      goal: null,
    },
  ];
}
