import { setTimeout as delay } from 'node:timers/promises';
import { maxHeld } from '../src/renderer/sync/timeline.ts';
import { held, switchConversations } from './in-page.ts';
import { slopePerHour, type Line } from './report.ts';
import type { Subject } from './subject.ts';
import type { BenchWorkspace } from './workspace.ts';

const sampleEveryMs = 30_000;
/** See https://github.com/electron/electron/issues/47515: each use of the keyring forks one. */
const leftOpen = 'main /dev/null';

type Sample = {
  hours: number;
  processes: number;
  handles: number;
  /** Those of `handles` that Electron before 38 leaves open: one for each process that it forks. */
  leftOpen: number;
  heapMiB: number;
  memoryMiB: number;
  listeners: number;
  nodes: number;
};

/**
 * A working day in short: messages come in, conversations are switched, and every half a minute, after garbage was
 * collected, it is counted what the app holds. It begins with as many messages as the app holds of each conversation:
 * what is held in place of something older is no growth. What grows is told as a slope an hour over the samples after
 * the first third. Each sample is told with the files and sockets that were opened and closed since the one before.
 */
export async function soak(
  app: Subject,
  workspace: BenchWorkspace,
  minutes: number,
  say: (sample: Sample & { opened: string[]; closed: string[] }) => void,
): Promise<Line[]> {
  const session = await app.page.context().newCDPSession(app.page);
  // Each is opened once, so that it is held from here on.
  await switchConversations(app.page, workspace.channels.length + 1);
  for (const channelId of workspace.channels) await workspace.fill(channelId, maxHeld);
  const samples: Sample[] = [];
  let handles = app.handles();
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
    const before = handles;
    handles = app.handles();
    const sample = {
      hours: (performance.now() - startedAt) / 3_600_000,
      processes: app.processes.length,
      handles: handles.length,
      leftOpen: handles.filter((each) => each === leftOpen).length,
      memoryMiB: app.memoryMiB(),
      heapMiB,
      listeners,
      nodes,
    };
    samples.push(sample);
    say({ ...sample, opened: without(handles, before), closed: without(before, handles) });
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
      what: 'of these, left open by Electron before 38',
      unit: 'more an hour',
      parley: slope('leftOpen'),
      blank: null,
      goal: null,
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

/** What of the list is not in the other one, each as often as it is more often here. */
function without(list: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const each of other) left.set(each, (left.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const count = left.get(each) ?? 0;
    left.set(each, count - 1);
    return count <= 0;
  });
}
