import cluster from 'node:cluster';
import { fileURLToPath } from 'node:url';
import { pino, type Logger } from 'pino';
import { parseConfig, type Config } from './config.ts';
import { createLog } from './logging.ts';
import { portOf } from './processes/port.ts';
import { PrimaryLink } from './processes/primary-link.ts';
import { startAlone } from './start/alone.ts';
import { explain } from './start/explain.ts';
import type { Beginning } from './start/foundation.ts';
import type { Running } from './start/in-order.ts';
import { startPrimary } from './start/primary.ts';
import { startWorker } from './start/worker.ts';

/** The built renderer lies beside this app, seen from the source tree and from a build alike. */
const webAppDir = fileURLToPath(new URL('../../desktop/dist/renderer', import.meta.url));

const stopWithinMs = 15_000;

/** Gives what ends the process once it has been stopped in order, whatever it is doing at the moment. */
function orderlyEnd(starting: Promise<Running>, log: Logger): (code: number) => void {
  let isEnding = false;
  return (code) => {
    if (isEnding) return;
    isEnding = true;
    setTimeout(() => process.exit(1), stopWithinMs);
    const stop = async (running: Running) => {
      try {
        await running.stop();
        process.exit(code);
      } catch (error) {
        log.fatal({ err: error }, 'the server could not be stopped in order');
        process.exit(1);
      }
    };
    // Whoever waits for the start says why it failed.
    starting.then(stop, () => undefined);
  };
}

/** The process that people start, be it the whole server or the one above its workers. */
async function runServer(beginning: Beginning): Promise<void> {
  const { config, log } = beginning;
  const starting = config.workers > 1 ? startPrimary(beginning) : startAlone(beginning);
  const end = orderlyEnd(starting, log);
  const endWell = () => {
    end(0);
  };
  process.on('SIGTERM', endWell);
  process.on('SIGINT', endWell);
  if (config.endsWithParent) process.stdin.on('end', endWell).on('error', endWell).resume();
  const { givenUp } = await starting;
  void givenUp?.then((reason) => {
    process.stderr.write(`${reason}\n`);
    end(1);
  });
}

/** A process that the primary started. It ends with the channel to the primary, as Node has it for every cluster. */
async function runWorker(beginning: Beginning): Promise<void> {
  const { config, log } = beginning;
  let endWell: () => void = () => undefined;
  const primary = new PrimaryLink(portOf(process), log, () => {
    endWell();
  });
  const starting = startWorker(beginning, primary);
  const end = orderlyEnd(starting, log);
  endWell = () => {
    end(0);
  };
  process.on('SIGTERM', endWell);
  // Ctrl+C reaches every process of the terminal; the primary, which it reaches too, says when to end.
  process.on('SIGINT', () => undefined);
  try {
    await starting;
  } catch (error) {
    const explanation = explain(error, config);
    if (explanation === null) throw error;
    await primary.failed(explanation);
    process.exit(1);
  }
}

async function main(): Promise<void> {
  let config: Config | null = null;
  try {
    config = parseConfig();
    // Whoever started this may be killed, and the pipe is broken; the server and its database still end in order.
    process.stdout.on('error', () => undefined);
    // Standard output carries the lines that scripts rely on; the log goes to standard error.
    const log = createLog(config.logLevel, pino.destination(2));
    const beginning = { config, log, webAppDir };
    await (cluster.isWorker ? runWorker(beginning) : runServer(beginning));
  } catch (error) {
    const explanation = explain(error, config);
    if (explanation === null) throw error;
    process.stderr.write(`${explanation}\n`);
    // Not by itself: the parent may go on holding our standard input open.
    process.exit(1);
  }
}

await main();
