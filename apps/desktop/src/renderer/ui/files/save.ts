import { shownName } from './file-name.ts';

/** Long enough for any browser to have taken the bytes over. */
const keptMs = 60_000;

/** Hands bytes to the browser, or to the desktop's main process, to be kept in a file of this name. */
export function saveBlob(blob: Blob, name: string): void {
  // Under another type a browser might show it instead, within this origin.
  const bytes = new Blob([blob], { type: 'application/octet-stream' });
  const href = URL.createObjectURL(bytes);
  const link = document.createElement('a');
  link.href = href;
  link.download = shownName(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), keptMs);
}
