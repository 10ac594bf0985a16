import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareVersions, Version } from './version.ts';

/** The example of https://semver.org, with some more between. */
const ascending = [
  ...['0.9.9', '0.10.0', '1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta'],
  ...['1.0.0-beta.2', '1.0.0-beta.11', '1.0.0-rc.1', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0'],
];

it('orders versions as semver.org does', () => {
  for (const [index, version] of ascending.entries()) {
    for (const [otherIndex, other] of ascending.entries()) {
      expect(Math.sign(compareVersions(version, other)), `${version} and ${other}`).toBe(
        Math.sign(index - otherIndex),
      );
    }
  }
  expect([...ascending].reverse().sort(compareVersions)).toEqual(ascending);
});

it('orders any two versions in one way', () => {
  const release = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3)).map((numbers) => numbers.join('.'));
  const preview = fc
    .array(fc.oneof(fc.nat(12).map(String), fc.constantFrom('a', 'b', 'rc', '-', 'x1')), {
      maxLength: 3,
    })
    .map((identifiers) => (identifiers.length === 0 ? '' : `-${identifiers.join('.')}`));
  const version = fc.tuple(release, preview).map((halves) => Version.parse(halves.join('')));
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)));
      expect(compareVersions(a, b) === 0).toBe(a === b);
      const [low, , high] = [a, b, c].sort(compareVersions);
      expect(compareVersions(low ?? a, high ?? a)).toBeLessThanOrEqual(0);
    }),
  );
});

it.each(['', '1', '1.0', 'v1.0.0', '01.0.0', '1.0.0-', '1.0.0-01', '1.0.0-a..b', '1.0.0+build'])(
  'refuses %j',
  (text) => {
    expect(Version.safeParse(text).success).toBe(false);
  },
);

it('refuses what is too long, and numbers that could not be compared', () => {
  expect(Version.safeParse(`1.0.0-${'a'.repeat(60)}`).success).toBe(false);
  expect(Version.safeParse('1.0.9999999999').success).toBe(false);
  expect(Version.safeParse('1.0.0-9999999999').success).toBe(false);
});
