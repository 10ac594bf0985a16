/** W4: the last 50 messages of a long channel, asked for by one reader and by sixteen. */
import { setTimeout as sleep } from 'node:timers/promises';
import { calmly, Meter } from '../meter.ts';
import { rounded, type Measurement } from '../report/records.ts';
import type { Client, System } from '../systems/system.ts';
import { assertNoFaults, closeAll, openRoom, type Context } from './room.ts';

const readers = 16;
const page = 50;

export async function readHistory({ system, settings }: Context): Promise<Measurement[]> {
  const { sink, channel, clients } = await openRoom(system, 'w4', readers);
  // Some systems make the archive's tables at the first message.
  clients[0]?.send(channel, 'first message');
  await sleep(500);
  await system.seed(channel, settings.seededMessages);
  const measurements: Measurement[] = [];
  for (const width of [1, readers]) {
    for (let warm = 0; warm < 5; warm += 1) await clients[0]?.history(channel, page);
    const values = await calmly(system, settings, () =>
      read(system, clients.slice(0, width), channel, settings.historyS),
    );
    measurements.push({ workload: 'W4', kind: `history x${width}`, values: rounded(values) });
  }
  closeAll(clients);
  assertNoFaults(sink);
  return measurements;
}

async function read(
  system: System,
  clients: readonly Client[],
  channel: string,
  seconds: number,
): Promise<{
  requests: number;
  perS: number;
  p50: number;
  p99: number;
  cpuMsPerRequest: number;
  generatorPct: number;
  foreignPct: number;
}> {
  const latencies: number[] = [];
  const meter = new Meter(system);
  const latest = performance.now() + seconds * 1000;
  await Promise.all(
    clients.map(async (client) => {
      while (performance.now() < latest) {
        const from = performance.now();
        const count = await client.history(channel, page);
        latencies.push(performance.now() - from);
        if (count !== page) throw new Error(`${count} messages came instead of ${page}`);
      }
    }),
  );
  const cost = meter.stop();
  latencies.sort((a, b) => a - b);
  const requests = latencies.length;
  return {
    requests,
    perS: requests / cost.wallS,
    p50: latencies[requests >> 1] ?? NaN,
    p99: latencies[Math.floor(requests * 0.99)] ?? NaN,
    cpuMsPerRequest: (1000 * (cost.serverCpuS + cost.databaseCpuS)) / requests,
    generatorPct: cost.generatorPct,
    foreignPct: cost.foreignPct,
  };
}
