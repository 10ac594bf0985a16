import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLaunch, userDataFolder } from './environment.ts';

describe('what the app was started with', () => {
  it('is nothing in particular at first', () => {
    expect(parseLaunch(['parley'], {})).toEqual({
      profile: '',
      defaultServer: null,
      setupToken: null,
      hidden: false,
      newMessage: false,
      appImage: null,
      policyFile: null,
      freeAfterMs: null,
    });
  });

  it('names the profile by argument or environment, the argument first', () => {
    expect(parseLaunch(['parley', '--profile=second'], {}).profile).toBe('second');
    expect(parseLaunch(['parley'], { PARLEY_PROFILE: 'third' }).profile).toBe('third');
    const both = parseLaunch(['parley', '--profile=second'], { PARLEY_PROFILE: 'third' });
    expect(both.profile).toBe('second');
  });

  it.each(['../other', 'a/b', 'a\\b', '.', 'a b', 'x'.repeat(41)])(
    'never makes a folder elsewhere of a profile: %s',
    (profile) => {
      expect(parseLaunch(['parley', `--profile=${profile}`], {}).profile).toBe('');
    },
  );

  it('lets a test wait for less, and for nothing senseless', () => {
    const after = (value: string) => parseLaunch(['parley'], { PARLEY_FREE_AFTER_MS: value });
    expect(after('1500').freeAfterMs).toBe(1_500);
    expect(['-1', '0', 'soon'].map((value) => after(value).freeAfterMs)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it('offers the server and takes the one-time token off its address', () => {
    const launch = parseLaunch(['parley', '--server=http://127.0.0.1:4100/?setup=abcdefgh'], {});
    expect(launch).toMatchObject({
      defaultServer: 'http://127.0.0.1:4100',
      setupToken: 'abcdefgh',
    });
    expect(parseLaunch(['parley', '--server=file:///etc'], {}).defaultServer).toBeNull();
  });
});

it('gives each profile a folder of its own', () => {
  expect(userDataFolder('/data', '')).toBe(join('/data', 'Parley'));
  expect(userDataFolder('/data', 'second')).toBe(join('/data', 'Parley-second'));
});
