import type { Bus, Hint } from '../../src/bus/bus.ts';
import { createInProcessBus } from '../../src/bus/in-process.ts';
import type { HintFate } from './plan.ts';

/**
 * A node's ear on a bus, which keeps to what `Bus` promises and to no more: hints are lost, doubled, late, or say only
 * half.
 */
export function createMangledBus(fates: readonly HintFate[], bus: Bus = createInProcessBus()): Bus {
  return {
    ...bus,
    subscribe: (listener) => bus.subscribe(mangled(fates, listener)),
  };
}

function mangled(fates: readonly HintFate[], tell: (hint: Hint) => void): (hint: Hint) => void {
  const late: Hint[] = [];
  let count = 0;
  return (hint) => {
    const fate = fates[count % fates.length] ?? 'pass';
    count += 1;
    switch (fate) {
      case 'drop':
        return;
      case 'late':
        late.push(hint);
        return;
      case 'double':
        tell(hint);
        tell(hint);
        break;
      case 'bare':
        tell(hint.kind === 'logged' ? { ...hint, events: [] } : hint);
        break;
      case 'pass':
        tell(hint);
    }
    // The youngest first: out of order among themselves as well.
    for (let each = late.pop(); each; each = late.pop()) tell(each);
  };
}
