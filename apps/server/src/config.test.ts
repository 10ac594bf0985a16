import { resolve } from 'node:path';
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

describe('PARLEY_MAX_FILE_BYTES', () => {
  it('is a gibibyte when nobody says, or what is said, down to none', () => {
    const { files } = parseConfig({ PARLEY_DATA: '/srv/parley', PARLEY_MAX_FILE_BYTES: '' });
    expect(files).toEqual({ folder: resolve('/srv/parley/files'), maxBytes: 2 ** 30 });
    const maxBytesOf = (value: string) =>
      parseConfig({ PARLEY_MAX_FILE_BYTES: value }).files.maxBytes;
    expect([maxBytesOf('0'), maxBytesOf('1048576')]).toEqual([0, 1_048_576]);
  });

  it.each([
    ['-1', 'must be at least 0 (no files)'],
    ['1.5', 'must be a whole number'],
    ['1 GB', 'must be a number of bytes'],
    ['10737418241', 'must be at most 10737418240 (10 GiB)'],
  ])('cannot be %s, in words', (value, words) => {
    expect(() => parseConfig({ PARLEY_MAX_FILE_BYTES: value })).toThrow(
      `PARLEY_MAX_FILE_BYTES ${words}`,
    );
  });
});

describe('PARLEY_TRUSTED_PROXIES', () => {
  it('is nobody when nobody says, else addresses and networks', () => {
    expect(parseConfig({ PARLEY_TRUSTED_PROXIES: '' }).trustedProxies).toEqual([]);
    expect(
      parseConfig({ PARLEY_TRUSTED_PROXIES: '127.0.0.1, 10.0.0.0/8 fd00::/8' }).trustedProxies,
    ).toEqual(['127.0.0.1', '10.0.0.0/8', 'fd00::/8']);
  });

  it.each(['nginx', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '300.1.1.1', '::1/129', '/8'])(
    'cannot be %s, in words',
    (value) => {
      expect(() => parseConfig({ PARLEY_TRUSTED_PROXIES: `127.0.0.1,${value}` })).toThrow(
        'PARLEY_TRUSTED_PROXIES must be addresses or networks',
      );
    },
  );
});

describe('the feed of updates', () => {
  const [first, second] = [`${'A'.repeat(43)}=`, `${'B'.repeat(43)}=`];

  it('lies in the data folder, and takes whatever is signed, when nobody says', () => {
    const updates = parseConfig({ PARLEY_DATA: '/srv/parley' }).updates;
    expect(updates).toEqual({ folder: resolve('/srv/parley/updates'), keys: [] });
    expect(parseConfig({ PARLEY_UPDATES: '', PARLEY_UPDATE_KEYS: '' }).updates.keys).toEqual([]);
  });

  it('lies where it is said, and is checked by the keys that are named', () => {
    const environment = { PARLEY_UPDATES: '/srv/feed', PARLEY_UPDATE_KEYS: `${first}, ${second}` };
    const folder = resolve('/srv/feed');
    expect(parseConfig(environment).updates).toEqual({ folder, keys: [first, second] });
  });

  it('is not checked by what is no key', () => {
    const parse = (keys: string) => () => parseConfig({ PARLEY_UPDATE_KEYS: keys });
    expect(parse('0123456789abcdef')).toThrow('PARLEY_UPDATE_KEYS.0 must be an Ed25519 public key');
    expect(parse(Array.from({ length: 9 }, () => first).join(','))).toThrow('at most 8 keys');
  });
});

describe('PARLEY_DICTIONARIES', () => {
  it('is a folder of the data unless it is said', () => {
    expect(parseConfig({ PARLEY_DATA: '/srv/parley' }).dictionariesDir).toBe(
      '/srv/parley/dictionaries',
    );
    expect(parseConfig({ PARLEY_DICTIONARIES: '/usr/share/words' }).dictionariesDir).toBe(
      '/usr/share/words',
    );
  });
});
