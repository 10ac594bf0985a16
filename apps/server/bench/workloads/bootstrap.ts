/** The snapshot that a client begins with, of a person in 200 of 1,000 channels among 2,000 people. */
import { Sink } from '../marker.ts';
import { calmly, Meter } from '../meter.ts';
import { rounded, type Measurement } from '../report/records.ts';
import type { Client, System } from '../systems/system.ts';
import { assertNoFaults, closeAll, inParallel, upTo, type Context } from './room.ts';

const askers = 20;
const requests = 100;

/** Wants a fresh, empty server. */
export async function askForBootstrap({ system, settings }: Context): Promise<Measurement[]> {
  await system.seedWorkspace?.(settings.workspace);
  const sink = new Sink();
  await system.prepareSignIns(upTo(askers), 0);
  const clients = await inParallel(askers, askers, (user) =>
    system.connect({ user, session: 0, recipient: user }, sink),
  );
  for (const client of clients) await client.bootstrap?.();
  const values = await calmly(system, settings, () => ask(system, clients));
  closeAll(clients);
  assertNoFaults(sink);
  return [{ workload: 'bootstrap', kind: 'snapshot', values: rounded(values) }];
}

/** One after the other, each for another person: the time until the last byte of the answer is there. */
async function ask(system: System, clients: readonly Client[]) {
  const latencies: number[] = [];
  const meter = new Meter(system);
  for (let request = 0; request < requests; request += 1) {
    const from = performance.now();
    await clients[request % clients.length]?.bootstrap?.();
    latencies.push(performance.now() - from);
  }
  const cost = meter.stop();
  latencies.sort((a, b) => a - b);
  return {
    requests,
    p50: latencies[requests >> 1] ?? NaN,
    p99: latencies[Math.floor(requests * 0.99)] ?? NaN,
    serverCpuMs: (1000 * cost.serverCpuS) / requests,
    databaseCpuMs: (1000 * cost.databaseCpuS) / requests,
    foreignPct: cost.foreignPct,
  };
}
