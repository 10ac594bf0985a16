/** Starts one of the bench's own little servers on the Node that runs the bench. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPinned, takePort, waitForPort, type Started } from '../processes.ts';

export type NodeServer = { started: Started; port: number };

export async function startNodeServer(
  name: string,
  script: string,
  scratch: string,
  environment: Record<string, string> = {},
): Promise<NodeServer> {
  const port = await takePort();
  const file = fileURLToPath(new URL(`../servers/${script}`, import.meta.url));
  const started = startPinned(name, process.execPath, [file], {
    logFile: join(scratch, `${name}.log`),
    environment: { ...environment, PORT: String(port), NODE_ENV: 'production' },
  });
  await waitForPort(port, started);
  return { started, port };
}
