import { write } from '../handler.ts';
import { changeRelease, existingRelease } from './change-release.ts';
import { toRelease } from './queries.ts';

/** Offers a release, and its files, to nobody any more. Nothing happens when it is withdrawn already. */
export const withdrawRelease = write('update.withdraw', async (context, name) => {
  const before = await existingRelease(context.tx, name);
  const release =
    before.withdrawnAt === null
      ? await changeRelease(context, before, { withdrawnAt: context.now })
      : await toRelease(context.tx, before);
  return { output: { release }, events: [] };
});
