import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Manifest, UpdateChannel } from '@parley/shared/updates/manifest.ts';
import { manifestOf } from '../../../../../packages/shared/test/manifests.ts';
import type { UpdateState } from '../../bridge/updates.ts';
import type { Engine } from './engine.ts';
import { UpdateFailure } from './update-failure.ts';
import { Updates, type UpdatesOptions } from './updates.ts';

const hourMs = 60 * 60_000;
beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** An app on which a version can be found, with everything that it did. */
function app(
  options: Partial<UpdatesOptions> & { installs?: boolean; random?: () => number } = {},
) {
  const did: string[] = [];
  const states: UpdateState[] = [];
  const world = {
    found: (): Promise<Manifest | null> => Promise.resolve(null),
    download: (): Promise<void> => Promise.resolve(),
    install: (): void => undefined,
    isQuiet: false,
    channel: 'stable' as UpdateChannel | 'off',
  };
  const engine: Engine = {
    installs: options.installs ?? true,
    check: () => {
      did.push('check');
      return world.found();
    },
    download: (onProgress) => {
      did.push('download');
      onProgress(1, 100);
      return world.download();
    },
    install: () => {
      did.push('install');
      world.install();
    },
    stop: () => did.push('stop'),
  };
  const updates = new Updates({
    engine,
    runningVersion: '1.3.9',
    channel: () => world.channel,
    failedVersion: null,
    hasReturned: false,
    isQuiet: () => world.isQuiet,
    flush: () => {
      did.push('flush');
      return Promise.resolve();
    },
    startHidden: (hidden) => did.push(hidden ? 'start hidden' : 'start shown'),
    onChange: (state) => states.push(state),
    onTrouble: (_what, error) => did.push(String(error)),
    now: Date.now,
    random: () => 0.5,
    ...options,
  });
  return { updates, did, states, world };
}
const release =
  (changes: Partial<Manifest> = {}) =>
  () =>
    Promise.resolve(manifestOf(changes));
const settled = () => vi.advanceTimersByTimeAsync(0);

it('finds a version, fetches it in the background and tells of all of it', async () => {
  const { updates, states, world, did } = app();
  world.found = release();
  let arrive: () => void = () => undefined;
  world.download = () => new Promise((resolve) => (arrive = resolve));
  expect((await updates.check()).status).toBe('downloading');
  await vi.advanceTimersByTimeAsync(1_000);
  arrive();
  await settled();
  expect(states.map(({ status }) => status)).toEqual([
    'checking',
    'downloading',
    'downloading',
    'ready',
  ]);
  expect(states[2]?.progress).toEqual({ received: 1, total: 100 });
  expect(updates.state).toMatchObject({
    status: 'ready',
    offer: { version: '1.4.0', notes: '# 1.4.0\n\nFaster.', isRequired: false },
    failure: null,
  });
  expect(did).toEqual(['check', 'download']);
});

it('never asks again once a version is on its way or there', async () => {
  const { updates, did, world } = app();
  world.found = release();
  let arrive: () => void = () => undefined;
  world.download = () => new Promise((resolve) => (arrive = resolve));
  updates.start();
  await Promise.all([updates.check(), updates.check()]);
  await updates.check();
  arrive();
  await settled();
  await updates.check();
  await vi.advanceTimersByTimeAsync(48 * hourMs);
  updates.channelChanged();
  await settled();
  expect(did.filter((each) => each === 'check')).toHaveLength(1);
});

it('restarts when the person says so: first goes what waits to be sent', async () => {
  const { updates, did, world } = app();
  world.found = release();
  let arrive: () => void = () => undefined;
  world.download = () => new Promise((resolve) => (arrive = resolve));
  await updates.check();
  await updates.restart({ hidden: false });
  expect(did).toEqual(['check', 'download']);
  arrive();
  await settled();
  await updates.restart({ hidden: false });
  await updates.restart({ hidden: false });
  expect(did).toEqual(['check', 'download', 'flush', 'start shown', 'install']);
  expect(updates.state.status).toBe('restarting');
});

it('restarts by itself once nobody is here and nothing is seen of it, and stays hidden', async () => {
  const { updates, did, world } = app();
  world.found = release();
  await updates.check();
  await vi.advanceTimersByTimeAsync(hourMs);
  expect(did).toEqual(['check', 'download']);
  world.isQuiet = true;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(did).toEqual(['check', 'download', 'flush', 'start hidden', 'install']);
  await vi.advanceTimersByTimeAsync(hourMs);
  expect(did).toHaveLength(5);
});

it('what could not be put in place is told, and the next start is as usual', async () => {
  const { updates, did, world } = app();
  world.found = release();
  world.install = () => {
    throw new UpdateFailure('not_installed', 'no room');
  };
  await updates.check();
  await settled();
  await expect(updates.restart({ hidden: true })).rejects.toThrow('no room');
  expect(updates.state).toMatchObject({ status: 'idle', failure: 'not_installed' });
  expect(did.slice(3)).toEqual([
    'start hidden',
    'install',
    'start shown',
    'UpdateFailure: no room',
  ]);
});

it('a failure is told and tried again, sooner than usual and not by all at once', async () => {
  for (const [random, soonestMs] of [
    [0, 10 * 60_000],
    [0.999, 29 * 60_000],
  ] as const) {
    const { updates, did, world } = app({ random: () => random });
    world.found = () => Promise.reject(new UpdateFailure('unreachable', 'away'));
    await updates.check();
    expect(updates.state).toMatchObject({ status: 'idle', failure: 'unreachable', offer: null });
    await vi.advanceTimersByTimeAsync(soonestMs - 1_000);
    expect(did.filter((each) => each === 'check')).toHaveLength(1);
    world.found = release();
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    expect(updates.state).toMatchObject({ status: 'ready', failure: null });
    updates.stop();
  }
});

it('a download that fails is told, and the version is not offered', async () => {
  const { updates, world } = app();
  world.found = release();
  world.download = () => Promise.reject(new UpdateFailure('damaged', 'another file'));
  await updates.check();
  await settled();
  expect(updates.state).toMatchObject({
    status: 'idle',
    failure: 'damaged',
    offer: null,
    progress: null,
  });
});

it('looks by itself: minutes after the start, then every few hours', async () => {
  const { updates, did } = app();
  updates.start();
  await vi.advanceTimersByTimeAsync(29_000);
  expect(did).toEqual([]);
  await vi.advanceTimersByTimeAsync(3 * 60_000);
  expect(did).toEqual(['check']);
  expect(updates.state.checkedAt).not.toBeNull();
  await vi.advanceTimersByTimeAsync(24 * hourMs);
  expect(did).toHaveLength(1 + 24 / 4);
  updates.stop();
  await vi.advanceTimersByTimeAsync(24 * hourMs);
  expect(did).toHaveLength(1 + 24 / 4 + 1);
});

it('asks nothing where the administrator wants no updates', async () => {
  const { updates, did, world } = app();
  world.channel = 'off';
  updates.start();
  expect((await updates.check()).status).toBe('off');
  await vi.advanceTimersByTimeAsync(24 * hourMs);
  expect(did).toEqual([]);
});

it('asks at once when another channel is chosen', async () => {
  const { updates, did, world } = app();
  updates.start();
  world.channel = 'beta';
  updates.channelChanged();
  await settled();
  expect(did).toEqual(['check']);
});

it('does not take a version again that did not start here, but the one after it', async () => {
  const { updates, did, world } = app({ failedVersion: '1.4.0', hasReturned: true });
  expect(updates.state).toMatchObject({ failedVersion: '1.4.0', hasReturned: true });
  world.found = release({ version: '1.4.0' });
  expect(await updates.check()).toMatchObject({ status: 'idle', offer: null });
  expect(did).toEqual(['check']);
  world.found = release({ version: '1.4.1' });
  expect(await updates.check()).toMatchObject({ offer: { version: '1.4.1' } });
});

it('tells of a version that others have to install, and goes on looking', async () => {
  const { updates, did, world } = app({ installs: false });
  world.found = release();
  expect(await updates.check()).toMatchObject({
    status: 'available',
    offer: { version: '1.4.0' },
  });
  await vi.advanceTimersByTimeAsync(5 * hourMs);
  expect(did).toEqual(['check', 'check']);
});

it('says when the version that runs is too old to go on', async () => {
  const { updates, world } = app();
  world.found = release({ minimumVersion: '1.4.0' });
  expect(await updates.check()).toMatchObject({ offer: { isRequired: true } });
});
