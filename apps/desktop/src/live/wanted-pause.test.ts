import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { WantedPause } from './wanted-pause.ts';

const until = '2026-11-28T12:00:00.000Z';
const set = vi.fn((_until: string | null) => Promise.resolve());
const onTrouble = vi.fn();
const onChange = vi.fn();
let pause: WantedPause;

beforeEach(() => {
  vi.useFakeTimers();
  for (const mock of [set, onTrouble, onChange]) mock.mockClear();
  pause = new WantedPause({ set, onChange, random: () => 1, onTrouble });
});
afterEach(() => vi.useRealTimers());

it('is wanted until the server knows of it', async () => {
  pause.want(until);
  expect(pause.wanted).toEqual({ until });
  await vi.runAllTimersAsync();
  expect(pause.wanted).toBeNull();
  expect(set.mock.calls).toEqual([[until]]);
  expect(onChange).toHaveBeenCalledTimes(2);
});

it('is tried again where the server cannot be reached, and at once when it can', async () => {
  set.mockRejectedValueOnce(new ParleyError('unavailable', 'no network'));
  pause.want(until);
  await vi.advanceTimersByTimeAsync(499);
  expect(set).toHaveBeenCalledTimes(1);
  set.mockRejectedValueOnce(new ParleyError('unavailable', 'no network'));
  await vi.advanceTimersByTimeAsync(1);
  expect(set).toHaveBeenCalledTimes(2);
  await pause.send();
  expect([pause.wanted, set.mock.calls.length]).toEqual([null, 3]);
  expect(onTrouble).not.toHaveBeenCalled();
});

it('gives way to what is wanted later, and the server hears that last', async () => {
  let answer: () => void = () => undefined;
  set.mockImplementationOnce(() => new Promise((resolve) => (answer = resolve)));
  pause.want(until);
  pause.want(null);
  answer();
  await vi.runAllTimersAsync();
  expect(set.mock.calls).toEqual([[until], [null]]);
  expect(pause.wanted).toBeNull();
});

it('is given up where the server refuses it, which is told', async () => {
  set.mockRejectedValueOnce(new ParleyError('invalid_input', 'not such a time'));
  pause.want(until);
  await vi.runAllTimersAsync();
  expect(pause.wanted).toBeNull();
  expect(onTrouble).toHaveBeenCalledOnce();
});

it('is heard of where the one before it is refused', async () => {
  set.mockRejectedValueOnce(new ParleyError('invalid_input', 'not such a time'));
  pause.want(until);
  pause.want(null);
  await vi.runAllTimersAsync();
  expect(set.mock.calls).toEqual([[until], [null]]);
  expect(pause.wanted).toBeNull();
});

it('asks nobody once it was stopped', async () => {
  set.mockRejectedValueOnce(new ParleyError('unavailable', 'no network'));
  pause.want(until);
  await vi.advanceTimersByTimeAsync(1);
  pause.stop();
  await vi.runAllTimersAsync();
  expect(set).toHaveBeenCalledTimes(1);
});
