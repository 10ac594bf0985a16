import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defaultSettings, type Settings } from '../bridge/settings.ts';
import { WindowRelease } from './window-release.ts';

const minute = 60_000;
let isHidden: boolean;
let canReturn: boolean;
let freeAfterMinutes: Settings['freeAfterMinutes'];
let asked: number;
let release: WindowRelease;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  isHidden = false;
  canReturn = true;
  freeAfterMinutes = 10;
  asked = 0;
  release = make(null);
});
afterEach(() => {
  release.stop();
  vi.useRealTimers();
});

function make(afterMs: number | null): WindowRelease {
  return new WindowRelease({
    isHidden: () => isHidden,
    settings: () => ({ ...defaultSettings, freeAfterMinutes }),
    afterMs,
    canReturn: () => Promise.resolve(canReturn),
    ask: () => {
      asked += 1;
    },
    now: Date.now,
    random: () => 0.5,
  });
}
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
function hide(hides = true): void {
  isHidden = hides;
  release.look();
}

it('asks the page once it was hidden for as long as the person wants', async () => {
  hide();
  await pass(10 * minute - 1);
  expect(asked).toBe(0);
  await pass(1);
  expect(asked).toBe(1);
});

it('begins to count anew when the window was on screen in between', async () => {
  hide();
  await pass(9 * minute);
  hide(false);
  hide();
  await pass(9 * minute);
  expect(asked).toBe(0);
  await pass(minute);
  expect(asked).toBe(1);
});

it('never asks a window that is on screen, or one that the person wants to stay', async () => {
  release.look();
  await pass(60 * minute);
  freeAfterMinutes = null;
  hide();
  await pass(60 * minute);
  expect(asked).toBe(0);
});

it('takes a changed setting at once, also one that is over already', async () => {
  freeAfterMinutes = 30;
  hide();
  await pass(6 * minute);
  freeAfterMinutes = 5;
  release.look();
  await pass(0);
  expect(asked).toBe(1);
});

it('asks nobody where nothing could bring the window back, until something can', async () => {
  canReturn = false;
  hide();
  await pass(15 * minute);
  expect(asked).toBe(0);
  canReturn = true;
  await pass(minute);
  expect(asked).toBe(1);
});

it('lets a window stay that was shown while the desktop was asked', async () => {
  hide();
  await pass(10 * minute - 1);
  // The timer has fired and the answer of the desktop is under way.
  vi.advanceTimersByTime(1);
  hide(false);
  await pass(0);
  expect(asked).toBe(0);
});

it('asks a page that had something to lose again after a minute', async () => {
  hide();
  await pass(10 * minute);
  release.keep();
  await pass(minute - 1);
  expect(asked).toBe(1);
  await pass(1);
  expect(asked).toBe(2);
});

it('leaves a page that does not answer in peace, and asks it again', async () => {
  hide();
  await pass(10 * minute);
  await pass(9_999);
  expect(asked).toBe(1);
  await pass(1);
  expect(asked).toBe(2);
});

it('waits no minutes in a test', async () => {
  release = make(500);
  hide();
  await pass(500);
  expect(asked).toBe(1);
  release.keep();
  await pass(500);
  expect(asked).toBe(2);
});
