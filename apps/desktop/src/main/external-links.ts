import type { MessageBoxOptions } from 'electron';
import { judgeExternalLink } from './links.ts';

/** Opens a link outside, after asking about a host that is no own server. */
export async function openExternally<W>(
  url: string,
  options: {
    /** Those that somebody is signed in to. */
    servers: readonly string[];
    window: W | null;
    dialog: {
      showMessageBox(window: W, options: MessageBoxOptions): Promise<{ response: number }>;
    };
    shell: { openExternal(url: string): Promise<void> };
  },
): Promise<{ opened: boolean }> {
  const { servers, window, dialog, shell } = options;
  const verdict = judgeExternalLink(url, servers);
  if (!verdict.open) return { opened: false };
  if (verdict.ask !== null) {
    // Without a window nobody can be asked.
    if (!window) return { opened: false };
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: `Open a page of ${verdict.ask}?`,
      detail: verdict.url.slice(0, 500),
      buttons: ['Open', 'Cancel'],
      defaultId: 0,
      cancelId: 1,
    });
    if (response !== 0) return { opened: false };
  }
  await shell.openExternal(verdict.url);
  return { opened: true };
}
