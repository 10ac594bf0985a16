import type { Bus, Hint } from '../../src/bus/bus.ts';
import { createInProcessBus } from '../../src/bus/in-process.ts';
import type { HintFate } from './plan.ts';

/** A bus that keeps to what `Bus` promises and to no more: hints are lost, doubled, late, or say only half. */
export function createMangledBus(fates: readonly HintFate[]): Bus {
  const bus = createInProcessBus();
  const late: Hint[] = [];
  let count = 0;
  return {
    ...bus,
    publish(hint) {
      const fate = fates[count % fates.length] ?? 'pass';
      count += 1;
      switch (fate) {
        case 'drop':
          return;
        case 'late':
          late.push(hint);
          return;
        case 'double':
          bus.publish(hint);
          bus.publish(hint);
          break;
        case 'bare':
          bus.publish(hint.kind === 'logged' ? { ...hint, events: [] } : hint);
          break;
        case 'pass':
          bus.publish(hint);
      }
      // The youngest first: out of order among themselves as well.
      for (let each = late.pop(); each; each = late.pop()) bus.publish(each);
    },
  };
}
