/** What a measurement cost and how quiet the machine was: CPU and memory from /proc. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Settings } from './workloads/settings.ts';
import { cores, descendants } from './processes.ts';

/** The kernel counts CPU time in steps of 10 ms. */
const ticksPerSecond = 100;

/** Whose CPU and memory count as the server's, and whose as its database's. */
export type Measured = { serverPids(): number[]; databasePids(): number[] };

export type Cost = {
  wallS: number;
  serverCpuS: number;
  databaseCpuS: number;
  serverPct: number;
  databasePct: number;
  generatorPct: number;
  /** What other programs used meanwhile, in percent of one core. */
  foreignPct: number;
  stealPct: number;
};

/** CPU seconds used so far by these processes and everything below them. */
function cpuSeconds(roots: readonly number[]): number {
  let ticks = 0;
  for (const pid of descendants(roots)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // User and system time, its own and that of children which it has collected.
      for (const field of fields.slice(11, 15)) ticks += Number(field);
    } catch {
      // It ended while we looked.
    }
  }
  return ticks / ticksPerSecond;
}

export function residentMiB(roots: readonly number[]): number {
  return sumOfKiB(roots, 'status', /VmRSS:\s+(\d+)/) / 1024;
}

/** Memory with shared pages divided among those that share them. */
export function proportionalMiB(roots: readonly number[]): number {
  return sumOfKiB(roots, 'smaps_rollup', /^Pss:\s+(\d+)/m) / 1024;
}

function sumOfKiB(roots: readonly number[], file: string, pattern: RegExp): number {
  let sum = 0;
  for (const pid of descendants(roots)) {
    try {
      sum += Number(pattern.exec(readFileSync(`/proc/${pid}/${file}`, 'latin1'))?.[1] ?? 0);
    } catch {
      // It ended while we looked.
    }
  }
  return sum;
}

/** Seconds that all cores together have worked, and that the hypervisor took away. */
function machineSeconds(): { busy: number; steal: number } {
  const [line = ''] = readFileSync('/proc/stat', 'latin1').split('\n', 1);
  const at = line.trim().split(/\s+/).slice(1).map(Number);
  const sum = (...fields: number[]) => fields.reduce((total, field) => total + (at[field] ?? 0), 0);
  return { busy: sum(0, 1, 2, 5, 6) / ticksPerSecond, steal: sum(7) / ticksPerSecond };
}

function ownSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

type Reading = ReturnType<typeof read>;

function read(measured: Measured) {
  return {
    at: performance.now(),
    server: cpuSeconds(measured.serverPids()),
    database: cpuSeconds(measured.databasePids()),
    generator: ownSeconds(),
    machine: machineSeconds(),
  };
}

/** CPU of server, database and generator between its making and `stop`, and what others used meanwhile. */
export class Meter {
  readonly #measured: Measured;
  readonly #from: Reading;

  constructor(measured: Measured) {
    this.#measured = measured;
    this.#from = read(measured);
  }

  stop(): Cost {
    const from = this.#from;
    const to = read(this.#measured);
    const wallS = (to.at - from.at) / 1000;
    const serverCpuS = to.server - from.server;
    const databaseCpuS = to.database - from.database;
    const generatorCpuS = to.generator - from.generator;
    const busyS = to.machine.busy - from.machine.busy;
    const percent = (seconds: number) => (100 * seconds) / wallS;
    return {
      wallS,
      serverCpuS,
      databaseCpuS,
      serverPct: percent(serverCpuS),
      databasePct: percent(databaseCpuS),
      generatorPct: percent(generatorCpuS),
      foreignPct: Math.max(0, percent(busyS - serverCpuS - databaseCpuS - generatorCpuS)),
      stealPct: percent(to.machine.steal - from.machine.steal),
    };
  }
}

/** Milliseconds that a fixed piece of work takes on the server's core right now. */
export function readSpeedMs(): Promise<number | null> {
  const script = fileURLToPath(new URL('calibrate.ts', import.meta.url));
  return new Promise((resolve) => {
    execFile('taskset', ['-c', cores.server, process.execPath, script], (error, output) =>
      resolve(error ? null : Number(output)),
    );
  });
}

/** Waits, not for ever, until other programs leave the machine mostly alone. */
export async function waitForQuiet(measured: Measured, settings: Settings): Promise<void> {
  const latest = performance.now() + settings.quietWithinS * 1000;
  while (performance.now() < latest) {
    const meter = new Meter(measured);
    await sleep(400);
    if (meter.stop().foreignPct < settings.noisePct) return;
  }
}

/** Measures again, a few times at most, while other programs disturb; keeps the quietest try. */
export async function calmly<T extends { foreignPct: number }>(
  measured: Measured,
  settings: Settings,
  measure: () => Promise<T>,
): Promise<T & { speedMs: number | null }> {
  let best: (T & { speedMs: number | null }) | null = null;
  for (let tries = 0; tries < settings.tries; tries += 1) {
    await waitForQuiet(measured, settings);
    const before = await readSpeedMs();
    const result = await measure();
    const after = await readSpeedMs();
    const speedMs = before === null || after === null ? null : (before + after) / 2;
    if (best === null || result.foreignPct < best.foreignPct) best = { ...result, speedMs };
    if (result.foreignPct <= settings.noisePct) break;
  }
  if (best === null) throw new Error('settings.tries must be at least 1');
  return best;
}
