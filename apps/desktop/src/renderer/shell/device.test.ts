import { expect, it, vi } from 'vitest';
import type { Bridge } from '../../bridge/bridge.ts';
import { defaultSettings, type Settings } from '../../bridge/settings.ts';
import { Device, type AppInfo } from './device.svelte.ts';

/** A desktop that answers when it is told to, with what it has by then. */
function desktop() {
  let kept = defaultSettings;
  const answers: (() => void)[] = [];
  let tell: (settings: Settings) => void = () => undefined;
  const call = (name: string, change: Partial<Settings>) => {
    if (name !== 'settings.set') return new Promise(() => undefined);
    kept = { ...kept, ...change };
    const now = kept;
    return new Promise((resolve, reject) => {
      answers.push(() => {
        if (change.summonKeys === 'Control+Alt+X') reject(new Error('taken'));
        else resolve(now);
      });
    });
  };
  const on = (name: string, listener: (settings: Settings) => void) => {
    if (name === 'settings.changed') tell = listener;
    return () => undefined;
  };
  const bridge: Bridge = {
    kind: 'electron',
    call: call as Bridge['call'],
    on: on as Bridge['on'],
  };
  const device = new Device(bridge, {} as AppInfo, defaultSettings);
  return { device, answers, tell: (settings: Settings) => tell(settings) };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

it('an answer to an earlier change, or word of it, does not undo a later one', async () => {
  const { device, answers, tell } = desktop();
  device.changeSettings({ lastServer: 'https://a.example' });
  device.changeSettings({ sidebarWidth: 300 });
  answers[0]?.();
  tell({ ...defaultSettings, lastServer: 'https://a.example' });
  await settled();
  expect(device.settings).toMatchObject({ lastServer: 'https://a.example', sidebarWidth: 300 });
  answers[1]?.();
  await settled();
  expect(device.settings).toMatchObject({ lastServer: 'https://a.example', sidebarWidth: 300 });
  tell({ ...device.settings, theme: 'dark' });
  expect(device.settings.theme).toBe('dark');
});

it('what the desktop refuses is as before, and nothing else', async () => {
  const { device, answers } = desktop();
  const refused = vi.fn();
  device.trySettings({ summonKeys: 'Control+Alt+X' }).catch(refused);
  device.changeSettings({ sidebarWidth: 300 });
  answers[0]?.();
  await settled();
  expect(refused).toHaveBeenCalledTimes(1);
  expect(device.settings).toMatchObject({ summonKeys: null, sidebarWidth: 300 });
});
