import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { RunCommand } from './run-command.ts';

/** The same, with a way to wait for the commands that run at this moment and for their answers to be written. */
export function trackRunning(run: RunCommand): {
  runCommand: RunCommand;
  settled: (withinMs: number) => Promise<void>;
} {
  const running = new Set<Promise<object>>();
  return {
    runCommand(request) {
      const command = run(request);
      running.add(command);
      const over = () => running.delete(command);
      command.then(over, over);
      return command;
    },
    async settled(withinMs) {
      await Promise.race([Promise.allSettled(running), delay(withinMs, undefined, { ref: false })]);
      await nextTurn();
    },
  };
}
