/** What the bench needs of the machine, and where it keeps things on it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cores, stopAll } from '../processes.ts';
import { dropAll } from '../wire/connection.ts';

const leastNode = 24;

/** What is wrong with the machine for this purpose, or null. */
export function machineFault(): string | null {
  const [major = 0] = process.versions.node.split('.').map(Number);
  if (major < leastNode) {
    return `This needs Node ${leastNode}, the one in node_modules: start it with npm run.`;
  }
  if (process.platform !== 'linux') return 'This needs Linux: it reads /proc and pins to cores.';
  if (cpus().length < 2) return 'This needs two cores, one for servers and one for the clients.';
  if (spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0) {
    return 'This needs the program taskset (package util-linux).';
  }
  return null;
}

/** Moves this process, all its threads, to the generator's core. */
export function pinGenerator(): void {
  const args = ['-a', '-c', '-p', cores.generator, String(process.pid)];
  if (spawnSync('taskset', args, { stdio: 'ignore' }).status !== 0) {
    throw new Error(`taskset could not move this process to core ${cores.generator}`);
  }
}

/** A fresh folder for data and logs, passable for the accounts that servers run as. */
function makeScratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  chmodSync(folder, 0o711);
  return folder;
}

/** Runs the work with a scratch folder; whatever happens, all that was started ends, and the folder goes. */
export async function withScratch(work: (scratch: string) => Promise<void>): Promise<void> {
  const scratch = makeScratch();
  let ending: Promise<void> | null = null;
  const end = () =>
    (ending ??= (async () => {
      dropAll();
      await stopAll();
      rmSync(scratch, { recursive: true, force: true });
    })());
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => void end().finally(() => process.exit(1)));
  }
  try {
    await work(scratch);
  } finally {
    await end();
  }
}
