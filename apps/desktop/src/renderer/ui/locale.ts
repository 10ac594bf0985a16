/** English words, as the rest of the interface has, in the customs of where the person is: `en-DE`, `en-US`. */
function localeOf(language: string): string {
  const { region } = new Intl.Locale(language).maximize();
  return region === undefined ? 'en' : `en-${region}`;
}

/** What numbers and times are written by. */
export const locale = localeOf(typeof navigator === 'undefined' ? 'en-GB' : navigator.language);
