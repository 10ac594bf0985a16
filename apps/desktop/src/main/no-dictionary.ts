import type { Session } from 'electron';

/**
 * By itself a session loads dictionaries from Chromium's maker: of the system's language, or what an earlier run asked
 * for, as soon as anything touches its spelling. So this comes first of all. macOS has dictionaries of its own.
 */
export function loadNoDictionary(
  session: Pick<Session, 'setSpellCheckerLanguages'>,
  platform: NodeJS.Platform,
): void {
  if (platform !== 'darwin') session.setSpellCheckerLanguages([]);
}
