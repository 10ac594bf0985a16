import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { write } from '../handler.ts';
import { changeRelease, existingRelease } from './change-release.ts';
import { toRelease } from './queries.ts';

/** Offers a release to more or to fewer; who has it keeps it. Nothing happens when the share is the same. */
export const rollOutRelease = write('update.rollout', async (context, { percentage, ...name }) => {
  const before = await existingRelease(context.tx, name);
  if (before.withdrawnAt !== null) {
    throw new ParleyError('conflict', `${name.version} is withdrawn. Publish it again first.`, {
      reason: 'withdrawn',
    });
  }
  const release =
    before.percentage === percentage
      ? await toRelease(context.tx, before)
      : await changeRelease(context, before, { percentage });
  return { output: { release }, events: [] };
});
