import { expect, it } from 'vitest';
import { looksFor } from './theme.ts';

it('follows the system by default', () => {
  expect(looksFor('system', { dark: true, contrast: false })).toEqual({
    theme: 'dark',
    contrast: 'normal',
  });
  expect(looksFor('system', { dark: false, contrast: true })).toEqual({
    theme: 'light',
    contrast: 'high',
  });
});

it('shows what was chosen, whatever the system prefers', () => {
  expect(looksFor('light', { dark: true, contrast: true })).toEqual({
    theme: 'light',
    contrast: 'normal',
  });
  expect(looksFor('dark', { dark: false, contrast: false }).theme).toBe('dark');
});

it('takes the lightness of high contrast from the system', () => {
  expect(looksFor('contrast', { dark: true, contrast: false })).toEqual({
    theme: 'dark',
    contrast: 'high',
  });
});
