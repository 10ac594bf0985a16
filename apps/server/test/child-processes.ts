import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Ids of the living children of a process that run the server's program. */
export async function workersOf(pid: number): Promise<number[]> {
  const all = await processes();
  return all
    .filter((each) => each.parent === pid && /main\.(ts|js)$/.test(each.command))
    .map(({ id }) => id);
}

/** The command that a process was started with; empty where there is no such process. */
export async function commandOf(pid: number): Promise<string> {
  return (await processes()).find(({ id }) => id === pid)?.command ?? '';
}

/** Whether any process has this text in its command. */
export async function isRunning(text: string): Promise<boolean> {
  return (await processes()).some(({ command }) => command.includes(text));
}

async function processes(): Promise<{ id: number; parent: number; command: string }[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args=']);
  return stdout.split('\n').flatMap((line) => {
    const [, id, parent, command] = /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [];
    return id === undefined
      ? []
      : [{ id: Number(id), parent: Number(parent), command: command ?? '' }];
  });
}
