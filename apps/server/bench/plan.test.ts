import { expect, test } from 'vitest';
import { parsePlan, PlanError } from './plan.ts';
import { systemNames } from './systems/catalogue.ts';
import { fullSettings, quickSettings } from './workloads/settings.ts';

test('without options everything runs, three times', () => {
  expect(parsePlan([])).toMatchObject({
    systems: [...systemNames],
    roomSizes: [50, 200, 1000],
    rounds: 3,
    settings: fullSettings,
    folder: null,
  });
});

test('what is named runs', () => {
  const args = ['--rounds', '1', '--systems', 'parley,bare-ws', '--only', 'w1,bootstrap'];
  const plan = parsePlan([...args, '--n', '200', '--quick', '--out', 'there']);
  expect(plan).toMatchObject({
    systems: ['parley', 'bare-ws'],
    roomSizes: [200],
    rounds: 1,
    settings: quickSettings,
    folder: 'there',
  });
  expect([...(plan?.workloads ?? [])]).toEqual(['W1', 'bootstrap']);
});

test.each([
  [['--systems', 'slack'], '--systems: there is no slack'],
  [['--only', 'W9'], '--only: there is no W9'],
  [['--n', 'many'], '--n: many must be a whole number, 2 or more.'],
  [['--rounds', '0'], '--rounds: 0 must be a whole number, 1 or more.'],
  [['--fast'], "Unknown option '--fast'"],
])('%j is refused with a word about it', (args, message) => {
  expect(() => parsePlan(args)).toThrow(PlanError);
  expect(() => parsePlan(args)).toThrow(message);
});

test('help is not a plan', () => {
  expect(parsePlan(['--help'])).toBeNull();
});
