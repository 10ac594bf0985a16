import { beforeEach, expect, it, vi } from 'vitest';
import { GlobalShortcuts } from './global-shortcuts.ts';

const summon = vi.fn();
const pause = vi.fn();
let heard: Map<string, () => void>;
let taken: Set<string>;
let shortcuts: GlobalShortcuts;

beforeEach(() => {
  heard = new Map();
  taken = new Set();
  vi.clearAllMocks();
  shortcuts = new GlobalShortcuts(
    {
      register: (keys, callback) => {
        if (keys === 'Broken') throw new TypeError('no such key');
        if (taken.has(keys) || heard.has(keys)) return false;
        heard.set(keys, callback);
        return true;
      },
      unregister: (keys) => heard.delete(keys),
    },
    { summonKeys: summon, pauseKeys: pause },
  );
});

it('hears what was chosen, and no longer what was chosen before', () => {
  shortcuts.apply({ summonKeys: 'Control+Alt+P', pauseKeys: null });
  heard.get('Control+Alt+P')?.();
  expect(summon).toHaveBeenCalledTimes(1);
  shortcuts.apply({ summonKeys: 'Control+Alt+O', pauseKeys: 'Control+Alt+M' });
  expect([...heard.keys()]).toEqual(['Control+Alt+O', 'Control+Alt+M']);
  heard.get('Control+Alt+M')?.();
  expect(pause).toHaveBeenCalledTimes(1);
  shortcuts.apply({ summonKeys: null, pauseKeys: null });
  expect(heard.size).toBe(0);
});

it('says that keys are taken, and goes on to hear those from before', () => {
  shortcuts.apply({ summonKeys: 'Control+Alt+P', pauseKeys: null });
  taken.add('Control+Alt+O');
  for (const summonKeys of ['Control+Alt+O', 'Broken']) {
    expect(() => {
      shortcuts.apply({ summonKeys, pauseKeys: null });
    }).toThrow('Another program');
  }
  expect(() => {
    shortcuts.apply({ summonKeys: 'Control+Alt+P', pauseKeys: 'Control+Alt+P' });
  }).toThrow('Another program');
  expect([...heard.keys()]).toEqual(['Control+Alt+P']);
});

it('starts without what another program has by then', () => {
  taken.add('Control+Alt+P');
  shortcuts.restore({ summonKeys: 'Control+Alt+P', pauseKeys: 'Control+Alt+M' });
  expect([...heard.keys()]).toEqual(['Control+Alt+M']);
});
