import cluster from 'node:cluster';
import { nodeArguments } from './node-arguments.ts';
import { portOf, type Port } from './port.ts';

/** A process that was started to be a worker. */
export type WorkerProcess = {
  pid: number | undefined;
  port: Port;
  /** Resolves, when it has ended, to the signal or the code that it ended with. */
  ended: Promise<string>;
  kill(): void;
};

/**
 * Starts a worker: this program once more, as one of a cluster, in which the primary holds the port and hands
 * connections out in turn. What it needs to know is told to it when it runs: arguments can be seen by everybody.
 */
export function forkWorker(): WorkerProcess {
  // The binary form of messages spares hints, which are text already, from being escaped on their way.
  cluster.setupPrimary({
    args: [],
    // What this process was given comes later and so stands.
    execArgv: [...nodeArguments, ...process.execArgv],
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const worker = cluster.fork();
  const { process: child } = worker;
  return {
    pid: child.pid,
    port: portOf(child),
    ended: new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        resolve(signal ?? String(code));
      });
      // Errors are of a connection or message that it did not live to take, unless it could not even be started.
      worker.on('error', (error) => {
        if (child.pid === undefined) resolve(error.message);
      });
    }),
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
