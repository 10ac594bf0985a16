import { expect, it } from 'vitest';
import { Settings } from '../../../bridge/settings.ts';
import { acceleratorOf } from './accelerator.ts';

function press(keys: string) {
  const parts = keys.split('+');
  return {
    code: parts.at(-1) ?? '',
    ctrlKey: parts.includes('Ctrl'),
    altKey: parts.includes('Alt'),
    shiftKey: parts.includes('Shift'),
    metaKey: parts.includes('Meta'),
  };
}

it.each([
  ['Ctrl+Alt+KeyP', 'Control+Alt+P'],
  ['Meta+Shift+Digit2', 'Super+Shift+2'],
  ['Alt+F12', 'Alt+F12'],
  ['Ctrl+Space', 'Control+Space'],
  ['Ctrl+ArrowUp', 'Control+Up'],
])('%s is %s, which the settings take', (keys, accelerator) => {
  expect(acceleratorOf(press(keys))).toBe(accelerator);
  expect(Settings.shape.summonKeys.parse(accelerator)).toBe(accelerator);
});

it.each(['KeyP', 'Shift+KeyP', 'F12', 'Ctrl+ControlLeft', 'Ctrl+Alt+AltLeft', 'Ctrl+Enter'])(
  '%s is nothing to take from everybody',
  (keys) => {
    expect(acceleratorOf(press(keys))).toBeNull();
  },
);

it.each(['P', 'Shift+P', '', 'Control+', 'Control+Alt+Delete; rm', 'x'.repeat(100)])(
  'the settings do not take %j',
  (text) => {
    expect(Settings.shape.summonKeys.safeParse(text).success).toBe(false);
  },
);
