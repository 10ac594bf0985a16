import { expect, it, vi } from 'vitest';
import { manifestOf } from '../../../../../packages/shared/test/manifests.ts';
import { EngineOnDemand, TellingEngine, type Engine } from './engine.ts';

const manifest = manifestOf();
const progress = () => undefined;

it('an app that others have installed only tells of what is newer', async () => {
  const telling = new TellingEngine(() =>
    Promise.resolve({ manifest, server: 'https://chat.example.com' }),
  );
  expect(telling.installs).toBe(false);
  expect(await telling.check()).toEqual(manifest);
  await expect(telling.download()).rejects.toMatchObject({ code: 'not_installed' });
  expect(() => telling.install()).toThrow('not ours');
});

it('one that installs is loaded once, when it is asked', async () => {
  const engine = {
    installs: true,
    check: vi.fn(() => Promise.resolve(manifest)),
    download: vi.fn(() => Promise.resolve()),
    install: vi.fn(),
    stop: vi.fn(),
  } satisfies Engine;
  const load = vi.fn(() => Promise.resolve(engine));
  new EngineOnDemand(load).stop();
  const onDemand = new EngineOnDemand(load);
  expect(() => onDemand.install()).toThrow('nothing was downloaded');
  expect(load).not.toHaveBeenCalled();
  const [first, second] = [onDemand.check(), onDemand.check()];
  expect(await first).toBe(manifest);
  expect(await second).toBe(manifest);
  await onDemand.download(progress);
  expect(engine.download).toHaveBeenCalledWith(progress);
  onDemand.install();
  onDemand.stop();
  expect(engine.install).toHaveBeenCalledOnce();
  expect(engine.stop).toHaveBeenCalledOnce();
  expect(load).toHaveBeenCalledOnce();
});

it('one that could not be loaded is loaded by the next check, and ends with the app', async () => {
  const engine = new TellingEngine(() => Promise.resolve(null));
  const stop = vi.spyOn(engine, 'stop');
  const load = vi
    .fn<() => Promise<Engine>>()
    .mockRejectedValueOnce(new Error('too many open files'))
    .mockResolvedValueOnce(engine);
  const onDemand = new EngineOnDemand(load);
  await expect(onDemand.check()).rejects.toThrow('too many open files');
  const check = onDemand.check();
  onDemand.stop();
  expect(await check).toBeNull();
  expect(stop).toHaveBeenCalledOnce();
});
