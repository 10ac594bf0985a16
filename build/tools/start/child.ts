import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Whether a child process has ended, by itself or by a signal. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/**
 * Asks a child to end, and ends it after `graceMs`. Resolves when it is gone.
 */
export async function endChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const overdue = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exit;
  clearTimeout(overdue);
}

/** The last lines of a stream, so that a failure can be told in its own words. */
export function keepLastLines(stream: NodeJS.ReadableStream, count: number): string[] {
  const lines: string[] = [];
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n');
    rest = (parts.pop() ?? '').slice(-8192);
    lines.push(...parts.filter((line) => line.trim() !== ''));
    lines.splice(0, Math.max(0, lines.length - count));
  });
  return lines;
}
