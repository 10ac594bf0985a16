import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program, as a file for Node. */
export const entry = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const readyWithinMs = 30_000;

export type ServerProcess = {
  url: string;
  pid: number;
  /** Every line of its standard output so far. */
  lines: string[];
  /** What it has said on standard error so far. */
  complaints: string[];
  hasEnded(): boolean;
  signal(signal: NodeJS.Signals): void;
  /** The power cut: no handler of the server runs. */
  kill(): Promise<void>;
  /** The polite end; resolves to the exit code. */
  stop(): Promise<number | null>;
};

/** Starts the server as a process of its own, as people do, and waits until it says that it is ready. */
export async function startServerProcess(
  environment: Record<string, string>,
): Promise<ServerProcess> {
  const child = spawn(process.execPath, [entry], {
    env: {
      PATH: process.env.PATH ?? '',
      PARLEY_LOG_LEVEL: 'warn',
      // Else it would depend on the machine what a test measures.
      PARLEY_WORKERS: '1',
      // A test run that dies leaves nothing behind.
      PARLEY_ENDS_WITH_PARENT: '1',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const complaints: string[] = [];
  child.stderr.on('data', (data: Buffer) => complaints.push(data.toString('utf8')));
  const ready = new Promise<string>((resolve, reject) => {
    const overdue = setTimeout(() => {
      reject(new Error(`not ready within ${readyWithinMs} ms: ${complaints.join('')}`));
    }, readyWithinMs);
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(line);
      const url = /^Parley is ready at (\S+)$/.exec(line)?.[1];
      if (url === undefined) return;
      clearTimeout(overdue);
      resolve(url);
    });
    child.once('exit', (code) => {
      clearTimeout(overdue);
      reject(new Error(`the server ended with ${code}: ${complaints.join('')}`));
    });
  });
  const url = await ready;
  return {
    url,
    pid: child.pid ?? 0,
    lines,
    complaints,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => {
      child.kill(signal);
    },
    kill: async () => {
      await ended(child, 'SIGKILL');
    },
    stop: () => ended(child, 'SIGTERM'),
  };
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  const [code] = await exit;
  return code;
}
