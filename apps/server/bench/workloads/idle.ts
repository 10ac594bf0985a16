/** W3: what a connection costs that does nothing. Wants a fresh server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Sink } from '../marker.ts';
import { residentMiB } from '../meter.ts';
import { rounded, type Measurement } from '../report/records.ts';
import type { Client } from '../systems/system.ts';
import { assertNoFaults, closeAll, inParallel, upTo, type Context } from './room.ts';

/** Each connects once more when all of them are connected. */
const people = 1_000;

export async function idleConnections({ system, settings }: Context): Promise<Measurement[]> {
  const { idleFrom, idleTo } = settings;
  const sink = new Sink();
  const clients: Client[] = [];
  for (let session = 0; session * people < idleTo; session += 1) {
    await system.prepareSignIns(upTo(people), session);
  }
  const grow = async (to: number) => {
    const from = clients.length;
    const more = await inParallel(to - from, 40, (index) => {
      const recipient = from + index;
      const session = Math.floor(recipient / people);
      return system.connect({ user: recipient % people, session, recipient }, sink);
    });
    clients.push(...more);
  };
  const resident = () => residentMiB(system.serverPids());
  const startMiB = resident();
  await grow(idleFrom);
  await sleep(2_000);
  const fromMiB = resident();
  const from = performance.now();
  await grow(idleTo);
  const seconds = (performance.now() - from) / 1000;
  await sleep(3_000);
  const toMiB = resident();
  const values = {
    startMiB,
    connections: idleTo,
    alive: clients.filter((client) => !client.closed).length,
    residentMiB: toMiB,
    miBPer1000: ((toMiB - fromMiB) * 1000) / (idleTo - idleFrom),
    connectsPerS: (idleTo - idleFrom) / seconds,
  };
  closeAll(clients);
  assertNoFaults(sink);
  return [{ workload: 'W3', kind: 'idle', values: rounded(values) }];
}
