import { execFileSync } from 'node:child_process';

/** A process and all that come from it. */
export function processTree(root: number): number[] {
  const lines = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim();
  const pairs = lines.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const found = [root];
  for (const parent of found) {
    for (const [pid, ppid] of pairs) {
      if (pid !== undefined && ppid === parent) found.push(pid);
    }
  }
  return found;
}
