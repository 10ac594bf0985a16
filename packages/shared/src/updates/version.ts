import { z } from 'zod';

const number = '(?:0|[1-9][0-9]{0,8})';
const identifier = `(?:${number}|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)`;

/**
 * A version as https://semver.org orders them: `1.4.0`, `1.5.0-beta.2`. Without build metadata (`+…`), in which two
 * versions may differ and still be equal.
 */
export const Version = z
  .string()
  .max(64, { error: 'must have at most 64 characters' })
  .regex(
    new RegExp(`^${number}\\.${number}\\.${number}(?:-${identifier}(?:\\.${identifier})*)?$`),
    { error: 'must be a version like 1.4.0 or 1.5.0-beta.2' },
  );
export type Version = z.infer<typeof Version>;

/** Below 0: `a` is older than `b`; 0: they are the same; above 0: it is newer. Both are parsed versions. */
export function compareVersions(a: Version, b: Version): number {
  const [first, second] = [parts(a), parts(b)];
  for (const [index, release] of first.release.entries()) {
    const difference = release - (second.release[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return comparePreviews(first.preview, second.preview);
}

function parts(version: Version): { release: number[]; preview: string[] } {
  const dash = version.indexOf('-');
  const release = dash < 0 ? version : version.slice(0, dash);
  return {
    release: release.split('.').map(Number),
    preview: dash < 0 ? [] : version.slice(dash + 1).split('.'),
  };
}

/** What follows the dash: nothing is newer than something, a word newer than a number, more newer than less. */
function comparePreviews(a: string[], b: string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [index, one] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    if (one === other) continue;
    const [isNumber, otherIsNumber] = [one, other].map((text) => /^[0-9]+$/.test(text));
    if (isNumber && otherIsNumber) return Number(one) - Number(other);
    if (isNumber !== otherIsNumber) return isNumber ? -1 : 1;
    return one < other ? -1 : 1;
  }
  return a.length - b.length;
}
