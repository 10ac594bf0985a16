/**
 * Turns a glob over forward-slash paths into a regular expression. Knows `**`, `*`, `{a,b}` and
 * `!(a|b)` (one path segment that neither is nor starts with `a.`): what the zones table needs.
 */
export function globToRegExp(glob: string): RegExp {
  const source = glob.replace(
    /\*\*\/?|\*|!\(([^)]*)\)|\{([^}]*)\}|[.+^$()|[\]\\?]/g,
    (token: string, refused: string | undefined, choices: string | undefined) => {
      if (token === '**/') return '(?:.*/)?';
      if (token === '**') return '.*';
      if (token === '*') return '[^/]*';
      if (refused !== undefined) return `(?!(?:${refused})(?:[./]|$))[^/]*?`;
      if (choices !== undefined) return `(?:${choices.split(',').join('|')})`;
      return `\\${token}`;
    },
  );
  return new RegExp(`^${source}$`);
}

/** Whether `path` matches any of the globs. */
export function matchesAny(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => globToRegExp(glob).test(path));
}
