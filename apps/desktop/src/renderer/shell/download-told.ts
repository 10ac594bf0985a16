import type { Bridge, SignalData } from '../../bridge/bridge.ts';
import { explain, messages } from '../messages.ts';
import { toasts } from '../ui/toasts.svelte.ts';

/** Says where a file is that the desktop has saved, or that it could not be. */
export function tellOfDownload(
  bridge: Pick<Bridge, 'call'>,
  { name, isSaved }: SignalData<'download.ended'>,
): void {
  if (!isSaved) {
    toasts.fail(messages.files.notSaved(name));
    return;
  }
  const reveal = () => {
    bridge.call('download.reveal', {}).catch((error: unknown) => toasts.fail(explain(error)));
  };
  toasts.show(messages.files.saved(name), {
    action: { label: messages.files.showInFolder, run: reveal },
  });
}
