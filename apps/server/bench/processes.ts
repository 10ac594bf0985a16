/** Processes that the bench starts: pinned to a core, on ports of their own, stopped by their ids. */
import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The server and its database on one core, the load generator on another. */
export const cores = { server: '0', generator: '1' } as const;

/** Below the ports that the kernel gives to outgoing connections, which would take them from us. */
const firstPort = 15_400;
const lastPort = 16_400;
let nextPort = firstPort;

export type Started = {
  readonly name: string;
  readonly pid: number;
  isRunning(): boolean;
  /** Ends it and whatever it started. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
};

export type StartOptions = {
  logFile: string;
  environment?: Record<string, string>;
  workingFolder?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** What asks it to end when the bench is interrupted. */
  endSignal?: NodeJS.Signals;
};

const running = new Map<number, Started & { kill(): void }>();

/** Starts a program on the server's core. taskset replaces itself by it, so the id is the program's own. */
export function startPinned(
  name: string,
  command: string,
  args: readonly string[],
  options: StartOptions,
): Started {
  const output = openSync(options.logFile, 'a');
  const child = spawn('taskset', ['-c', cores.server, command, ...args], {
    env: { ...process.env, ...options.environment },
    cwd: options.workingFolder,
    stdio: ['ignore', output, output],
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  });
  closeSync(output);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} could not be started with taskset`);
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(pid);
      resolve();
    });
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  const started = {
    name,
    pid,
    isRunning,
    stop: (signal: NodeJS.Signals = options.endSignal ?? 'SIGTERM', graceMs = 20_000) =>
      stopTree(child, pid, exited, { signal, graceMs }),
    kill: () => void child.kill('SIGKILL'),
  };
  running.set(pid, started);
  return started;
}

async function stopTree(
  child: ChildProcess,
  pid: number,
  exited: Promise<void>,
  { signal, graceMs }: { signal: NodeJS.Signals; graceMs: number },
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const below = descendants([pid]).filter((each) => each !== pid);
  child.kill(signal);
  const late = new AbortController();
  const overdue = sleep(graceMs, 'late', { signal: late.signal }).catch(() => 'stopped');
  if ((await Promise.race([exited, overdue])) === 'late') child.kill('SIGKILL');
  late.abort();
  await exited;
  for (const each of below) {
    if (!isAlive(each)) continue;
    await sleep(300);
    if (isAlive(each)) process.kill(each, 'SIGKILL');
  }
}

/** Whether the process is there; one that has ended but was not collected yet is not. */
function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return false;
  }
}

/** Ends everything that was started and still runs, last started first. */
export async function stopAll(): Promise<void> {
  for (const started of [...running.values()].reverse()) await started.stop();
}

process.on('exit', () => {
  for (const started of running.values()) started.kill();
});

/** A port on the loopback interface that nobody listens on, and that was not given out before. */
export async function takePort(): Promise<number> {
  for (; nextPort <= lastPort; nextPort += 1) {
    if (await isFree(nextPort)) return nextPort++;
  }
  throw new Error(`no port is free from ${firstPort} to ${lastPort}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/** Resolves when somebody accepts connections on the port; rejects when the process ends before that. */
export async function waitForPort(
  port: number,
  started: Started,
  withinMs = 40_000,
): Promise<void> {
  const latest = performance.now() + withinMs;
  while (!(await accepts(port))) {
    if (!started.isRunning()) throw new Error(`${started.name} ended before it listened`);
    if (performance.now() > latest) {
      throw new Error(`${started.name} did not listen on port ${port} within ${withinMs} ms`);
    }
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** These processes and everything below them. */
export function descendants(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = parentOf(pid);
    if (parent === null) continue;
    const siblings = children.get(parent);
    if (siblings) siblings.push(pid);
    else children.set(parent, [pid]);
  }
  const found: number[] = [];
  const open = [...roots];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    found.push(pid);
    open.push(...(children.get(pid) ?? []));
  }
  return found;
}

function parentOf(pid: number): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    // It ended while we looked.
    return null;
  }
}
