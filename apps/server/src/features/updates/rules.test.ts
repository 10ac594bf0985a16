import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chooseRelease, isInRollout, type Candidate } from './rules.ts';

const installation = '5f0c2f6e-7d1a-4b1e-9a57-0d2b6e4a9c11';
const installed = { channel: 'stable', platform: 'linux', arch: 'x64', version: '1.0.0' } as const;

function candidate(changes: Partial<Candidate> = {}): Candidate {
  return {
    channel: 'stable',
    version: '1.1.0',
    platform: 'linux',
    arch: 'x64',
    minimumVersion: null,
    percentage: 100,
    ...changes,
  };
}

const release = fc.record({
  channel: fc.constantFrom('stable' as const, 'beta' as const),
  version: fc.tuple(fc.nat(9), fc.nat(99), fc.nat(99)).map((numbers) => numbers.join('.')),
});

it('a higher percentage only adds installations', () => {
  fc.assert(
    fc.property(release, fc.uuid(), (named, id) => {
      const admitted = Array.from({ length: 101 }, (_, percentage) =>
        isInRollout({ ...named, percentage }, id),
      );
      expect(admitted[0]).toBe(false);
      expect(admitted[100]).toBe(true);
      expect(admitted.lastIndexOf(false)).toBeLessThan(admitted.indexOf(true));
    }),
  );
});

it('about as many percent of the installations are in', () => {
  const count = 4_000;
  const ids = fc.sample(fc.uuid(), { numRuns: count, seed: 7 });
  for (const version of ['1.1.0', '1.2.0']) {
    for (const percentage of [1, 10, 50, 90]) {
      const share = ids.filter((id) =>
        isInRollout({ channel: 'stable', version, percentage }, id),
      ).length;
      // Four standard deviations of a fair draw.
      const spread = 4 * Math.sqrt(count * (percentage / 100) * (1 - percentage / 100));
      expect(Math.abs(share - (count * percentage) / 100)).toBeLessThan(spread);
    }
  }
});

it('each release shuffles the installations anew', () => {
  const ids = fc.sample(fc.uuid(), { numRuns: 1_000, seed: 7 });
  const early = (named: { channel: 'stable' | 'beta'; version: string }) =>
    new Set(ids.filter((id) => isInRollout({ ...named, percentage: 10 }, id)));
  const first = early({ channel: 'stable', version: '1.1.0' });
  for (const other of [
    early({ channel: 'stable', version: '1.2.0' }),
    early({ channel: 'beta', version: '1.1.0' }),
  ]) {
    // About a tenth of a tenth is early both times.
    expect([...first].filter((id) => other.has(id)).length).toBeLessThan(first.size / 3);
  }
});

it('stays as it is: whoever was in is in after a restart, at every node', () => {
  const first = (named: { channel: 'stable' | 'beta'; version: string }) =>
    Array.from({ length: 101 }, (_, percentage) => percentage).find((percentage) =>
      isInRollout({ ...named, percentage }, installation),
    );
  expect(first({ channel: 'stable', version: '1.1.0' })).toBe(60);
  expect(first({ channel: 'beta', version: '1.1.0' })).toBe(36);
});

it('chooses the newest that the installation may have', () => {
  const choose = (...all: Candidate[]) => chooseRelease(all, installed, installation)?.version;
  expect(choose()).toBeUndefined();
  expect(choose(candidate({ version: '1.2.0' }), candidate({ version: '1.10.0' }))).toBe('1.10.0');
  expect(choose(candidate({ version: '1.0.0' }), candidate({ version: '0.9.0' }))).toBeUndefined();
  expect(choose(candidate({ version: '2.0.0', percentage: 0 }), candidate())).toBe('1.1.0');
  expect(choose(candidate({ platform: 'win32' }), candidate({ arch: 'arm64' }))).toBeUndefined();
});

it('whoever is below the minimum gets a release however far it is rolled out', () => {
  const held = candidate({ version: '2.0.0', percentage: 0, minimumVersion: '1.0.1' });
  expect(chooseRelease([held], installed, installation)).toBe(held);
  expect(chooseRelease([held], { ...installed, version: '1.0.1' }, installation)).toBeUndefined();
});

it('who follows beta gets a newer stable; who follows stable gets no beta', () => {
  const beta = candidate({ channel: 'beta', version: '1.2.0-beta.1' });
  const stable = candidate({ version: '1.2.0' });
  const follower = { ...installed, channel: 'beta' } as const;
  expect(chooseRelease([beta, candidate()], follower, installation)).toBe(beta);
  expect(chooseRelease([beta, stable], follower, installation)).toBe(stable);
  expect(chooseRelease([beta], installed, installation)).toBeUndefined();
  const same = candidate({ channel: 'beta', version: '1.2.0' });
  expect(chooseRelease([same, stable], follower, installation)).toBe(stable);
});

it('prefers what is made for the processor to what runs on all', () => {
  const mac = { ...installed, platform: 'darwin', arch: 'arm64' } as const;
  const universal = candidate({ platform: 'darwin', arch: 'universal' });
  const own = candidate({ platform: 'darwin', arch: 'arm64' });
  expect(chooseRelease([universal, own], mac, installation)).toBe(own);
  expect(chooseRelease([universal], mac, installation)).toBe(universal);
});
