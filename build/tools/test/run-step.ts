import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const running = new Set<ChildProcess>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    for (const child of running) killGroup(child);
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

/** Takes what a command prints, where that does not go to the terminal as it comes. */
export type Gather = (text: string) => void;

/**
 * Runs one command to its end, its output going to the terminal or to `gather`, and gives its exit
 * code; null when it could not be started or had to be ended at its deadline. It gets a process
 * group of its own, so that whatever it has started ends with it.
 */
export async function runStep(
  command: readonly string[],
  options: { cwd: string; deadlineMs: number; env?: NodeJS.ProcessEnv; gather?: Gather },
): Promise<number | null> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: options.gather ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    detached: true,
  });
  running.add(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', options.gather ?? (() => undefined));
  }
  const overdue = setTimeout(() => {
    console.error(`Not done after ${options.deadlineMs / 60_000} minutes: ${command.join(' ')}`);
    killGroup(child);
  }, options.deadlineMs);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } catch (error) {
    console.error(`${file} cannot be started: ${String(error)}`);
    return null;
  } finally {
    clearTimeout(overdue);
    killGroup(child);
    running.delete(child);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody of the group is left: that is what was wanted.
  }
}
