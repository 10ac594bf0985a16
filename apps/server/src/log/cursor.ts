import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Head } from './head.ts';

/** Where a client stands. */
export type Cursor = { after: number; epoch: string | undefined };

/**
 * Throws `cursor_expired` when the log cannot be continued from there: another life of it, events pruned, or
 * a position that this log never reached.
 */
export function checkCursor(head: Head, cursor: Cursor): void {
  const otherLife = cursor.epoch !== undefined && cursor.epoch !== head.epoch;
  if (otherLife || cursor.after < head.prunedThrough || cursor.after > head.position) {
    throw new ParleyError(
      'cursor_expired',
      'The events since this position are not to be had any more. Take a fresh snapshot with sync.bootstrap.',
    );
  }
}
