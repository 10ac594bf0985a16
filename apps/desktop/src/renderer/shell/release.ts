import type { Bridge } from '../../bridge/bridge.ts';
import type { Account } from '../../bridge/settings.ts';
import type { HandOver } from '../../bridge/hand-over.ts';
import { reportTrouble } from './trouble.ts';

/** What stands on the page and nowhere else: a dialog, and fields that say so. */
const unsaved = '[role="dialog"], [role="alertdialog"], [data-unsaved]';

/** The part of a workspace that a page which may go has to do with. */
type Releasable = {
  account: Account;
  ended: boolean;
  /** The end of the page would lose nothing, and main could go on from here. */
  canRelease: boolean;
  release(): { handOver: HandOver; stored: Promise<void> };
};

/** Storage that does not answer keeps nobody longer: what it lacks comes again from the server. */
const storedWithinMs = 3_000;

/**
 * Answers whether the page may go. One that has nothing to lose stops at once, hands its accounts over to main and is
 * over; where that fails it begins anew. Resolves with whether it has stopped.
 */
export async function release(
  bridge: Pick<Bridge, 'call'>,
  workspaces: readonly Releasable[],
  page: { document: Pick<Document, 'querySelector'>; reload: () => void },
): Promise<boolean> {
  const open = workspaces.filter(({ ended }) => !ended);
  const hasUnsaved = page.document.querySelector(unsaved) !== null;
  try {
    if (hasUnsaved || open.length === 0 || !open.every(({ canRelease }) => canRelease)) {
      await bridge.call('window.release', { may: false });
      return false;
    }
  } catch (error) {
    // Main asks again.
    reportTrouble('the desktop was not told that the page stays', error);
    return false;
  }
  const released = open.map((workspace) => ({
    account: workspace.account,
    ...workspace.release(),
  }));
  try {
    await Promise.race([
      Promise.all(released.map(({ stored }) => stored)),
      new Promise((resolve) => setTimeout(resolve, storedWithinMs)),
    ]);
    const accounts = released.map(({ account, handOver }) => ({ account, ...handOver }));
    await bridge.call('window.release', { may: true, accounts });
  } catch (error) {
    reportTrouble('the page could not be handed over', error);
    page.reload();
  }
  return true;
}
