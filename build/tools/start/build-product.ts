import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Longer than this and the person is told what the wait is for. */
const quietMs = 1500;

/**
 * Builds what is not built yet; turbo knows what is. Prints nothing when there is nothing to do,
 * and the whole output of the tools when they fail.
 *
 * @returns whether everything is built
 */
export async function buildProduct(root: string, signal: AbortSignal): Promise<boolean> {
  const notice = setTimeout(() => console.log('Building Parley …'), quietMs);
  const turbo = join(root, 'node_modules/turbo/bin/turbo');
  const child = spawn(process.execPath, [turbo, 'run', 'build', '--output-logs=errors-only'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
  });
  const interrupt = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt);
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(notice);
  signal.removeEventListener('abort', interrupt);
  if (code === 0) return true;
  if (!signal.aborted) {
    process.stderr.write(Buffer.concat(output));
    console.error('Parley could not be built; the reason stands above.');
  }
  return false;
}
