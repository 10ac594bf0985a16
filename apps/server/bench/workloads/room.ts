/** A channel with people who are connected and have joined it. */
import { Sink } from '../marker.ts';
import type { Client, System } from '../systems/system.ts';
import type { Settings } from './settings.ts';

/** What every workload is given: a started system, and how much to do. */
export type Context = { system: System; settings: Settings };

export type OpenRoom = { sink: Sink; channel: string; clients: Client[] };

const connectsAtOnce = 40;
const joinsAtOnce = 20;

/** Does `work` for 0 to `count` - 1, a few at a time. */
export async function inParallel<T>(
  count: number,
  width: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  return results;
}

export function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Connects users 0 to `count` - 1; each is the recipient of its own number. */
export async function connectAll(system: System, sink: Sink, count: number): Promise<Client[]> {
  await system.prepareSignIns(upTo(count), 0);
  return inParallel(count, connectsAtOnce, (user) =>
    system.connect({ user, session: 0, recipient: user }, sink),
  );
}

/** Makes a channel of users 0 to `size` - 1, and of `absent` more who stay away, and lets them join. */
export async function openRoom(
  system: System,
  name: string,
  size: number,
  absent = 0,
): Promise<OpenRoom> {
  const sink = new Sink();
  const [channel] = await system.createChannels([{ name, members: upTo(size + absent) }]);
  if (channel === undefined) throw new Error('the channel was not made');
  const clients = await connectAll(system, sink, size);
  // In some systems the first who joins brings the room into being.
  await clients[0]?.join(channel);
  await inParallel(size - 1, joinsAtOnce, async (index) => clients[index + 1]?.join(channel));
  return { sink, channel, clients };
}

export function closeAll(clients: readonly Client[]): void {
  for (const client of clients) client.close();
}

/** Throws when something went wrong that no reply told. */
export function assertNoFaults(sink: Sink): void {
  const faults = sink.takeFaults();
  if (faults.length > 0) throw new Error(faults.join('; '));
}
