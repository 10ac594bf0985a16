const names = new Intl.DisplayNames(['en'], { type: 'language' });

/** `British English` for `en-GB`; the code itself where it has no name. */
export function languageName(code: string): string {
  try {
    return names.of(code) ?? code;
  } catch {
    // Chromium has names of its own for some, such as `en-GB-oxendict`.
    return code;
  }
}
