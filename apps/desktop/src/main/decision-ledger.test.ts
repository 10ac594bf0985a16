import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DecisionLedger, type Decision } from './decision-ledger.ts';

let file: unknown;
const save = vi.fn((decisions: readonly Decision[]) => {
  file = JSON.parse(JSON.stringify(decisions));
});
const open = () => new DecisionLedger({ load: () => file, save });
const decision = (key: string): Decision => ({
  key,
  at: '2026-01-02T03:04:05.000Z',
  shown: false,
  reason: 'muted',
});

beforeEach(() => {
  vi.useFakeTimers();
  file = undefined;
  save.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

it('keeps decisions over a restart, a wave of them written at once', () => {
  const ledger = open();
  for (let n = 0; n < 50; n += 1) ledger.add(decision(`a ${n}`));
  expect(save).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5_000);
  expect(save).toHaveBeenCalledTimes(1);
  expect(open().about('a 7')).toEqual([decision('a 7')]);
});

it('writes what is left when the app ends', () => {
  const ledger = open();
  ledger.add(decision('a'));
  ledger.flush();
  ledger.flush();
  expect(save).toHaveBeenCalledTimes(1);
  expect(open().about('a')).toHaveLength(1);
});

it('keeps the last thousand', () => {
  const ledger = open();
  for (let n = 0; n < 1_001; n += 1) ledger.add(decision(`a ${n}`));
  expect(ledger.about('a 0')).toEqual([]);
  expect(ledger.about('a 1')).toHaveLength(1);
});

it('forgets an account that was signed out, and that alone', () => {
  const ledger = open();
  ledger.add(decision('a 1'));
  ledger.add(decision('b 1'));
  ledger.forget('a ');
  ledger.flush();
  expect(open().about('a 1')).toEqual([]);
  expect(open().about('b 1')).toHaveLength(1);
});

it.each([undefined, null, 'x', {}, [null, 7, { key: 'a' }]])(
  'begins anew where nothing can be read: %j',
  (broken) => {
    file = broken;
    expect(open().about('a')).toEqual([]);
  },
);
