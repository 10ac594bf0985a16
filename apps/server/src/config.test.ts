import { describe, expect, it } from 'vitest';
import { ConfigError, defaultWorkers, parseConfig } from './config.ts';

describe('PARLEY_WORKERS', () => {
  it.each([
    [1, 16, 1],
    [2, 16, 1],
    [3, 16, 2],
    [4, 16, 3],
    [5, 16, 4],
    [64, 16, 4],
    [8, 0.5, 1],
    [8, 2.5, 2],
  ])('is, when nobody says, for %i cores and %f GiB %i', (cores, gibibytes, workers) => {
    expect(defaultWorkers({ cores, memoryBytes: gibibytes * 2 ** 30 })).toBe(workers);
  });

  it('is taken as it is said', () => {
    expect(parseConfig({ PARLEY_WORKERS: '6' }).workers).toBe(6);
    expect(parseConfig({ PARLEY_WORKERS: '' }).workers).toBeGreaterThan(0);
  });

  it.each([
    ['0', 'must be at least 1'],
    ['-1', 'must be at least 1'],
    ['1.5', 'must be a whole number'],
    ['65', 'must be at most 64'],
    ['many', 'must be a number of processes'],
  ])('cannot be %s, in words', (value, words) => {
    const parse = () => parseConfig({ PARLEY_WORKERS: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(`PARLEY_WORKERS ${words}`);
  });
});
