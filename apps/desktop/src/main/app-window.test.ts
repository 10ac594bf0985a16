import { EventEmitter } from 'node:events';
import { beforeEach, expect, it, vi } from 'vitest';
import { settle } from '../../test/settle.ts';
import { AppWindow, type AppWindowOptions } from './app-window.ts';
import { readyToShow } from './window.ts';

class TestContents extends EventEmitter {
  readonly send = vi.fn();
  readonly reload = vi.fn();
  isLoading = true;
  isDestroyed = () => false;
  isLoadingMainFrame = () => this.isLoading;
}

class TestWindow extends EventEmitter {
  readonly webContents = new TestContents();
  visible = false;
  minimized = false;
  gone = false;
  isDestroyed = () => this.gone;
  isVisible = () => this.visible;
  isMinimized = () => this.minimized;
  show = () => (this.visible = true);
  hide = () => (this.visible = false);
  focus = vi.fn();
  destroy = () => (this.gone = true);
}

let made: TestWindow[];
let beginsHidden: boolean;
let closingHides: boolean;
let isQuitting: boolean;
const beforePage = vi.fn();
const quit = vi.fn();
let window: AppWindow;

beforeEach(() => {
  made = [];
  [beginsHidden, closingHides, isQuitting] = [false, true, false];
  beforePage.mockClear();
  quit.mockClear();
  window = new AppWindow({
    make,
    beginsHidden: () => Promise.resolve(beginsHidden),
    closingHides: () => Promise.resolve(closingHides),
    isQuitting: () => isQuitting,
    quit,
    beforePage,
    onMade: () => undefined,
  });
});

const make = (() => {
  const next = new TestWindow();
  made.push(next);
  return next as object;
}) as AppWindowOptions['make'];

function begin(): void {
  const first = make();
  window.begin({ window: first, isReady: readyToShow(first) });
}
function last(): TestWindow {
  const found = made.at(-1);
  if (!found) throw new Error('there is no window');
  return found;
}
async function ready(): Promise<void> {
  last().emit('ready-to-show');
  await settle();
}

it('shows the first window once it is painted, unless it begins hidden', async () => {
  begin();
  expect(last().visible).toBe(false);
  await ready();
  expect(last().visible).toBe(true);
  beginsHidden = true;
  begin();
  await ready();
  expect(window.isHidden).toBe(true);
});

it('lets a hidden window go, and makes another one when it is wanted', async () => {
  begin();
  expect(window.letGo()).toBe(true);
  expect([window.isLetGo, window.current, last().gone]).toEqual([true, null, true]);
  expect(window.letGo()).toBe(false);
  expect(window.isLetGo).toBe(true);
  window.open();
  expect(window.isLetGo).toBe(false);
  expect(beforePage).toHaveBeenCalledTimes(1);
  await ready();
  expect(last().visible).toBe(true);
  window.open();
  expect(made).toHaveLength(2);
});

it.each([
  ['is on screen', (shown: TestWindow) => shown.show()],
  ['is only minimised', (shown: TestWindow) => (shown.minimized = true)],
])('never lets one go that %s: its page begins anew', (_what, change) => {
  begin();
  change(last());
  expect(window.letGo()).toBe(false);
  expect(last().gone).toBe(false);
  expect(last().webContents.reload).toHaveBeenCalledTimes(1);
});

it('makes a page that stays out of sight for what only needs a page, and tells it once it listens', async () => {
  begin();
  window.letGo();
  window.wake();
  window.signalSoon('menu.chosen', { item: 'find' });
  await ready();
  const { webContents } = last();
  expect([last().visible, webContents.send.mock.calls.length]).toEqual([false, 0]);
  webContents.emit('did-finish-load');
  expect(webContents.send).toHaveBeenCalledTimes(1);
  window.wake();
  expect(made).toHaveLength(2);
});

it('hides when it is closed, ends the app where it could not be reached, and is in nobody’s way at the end', async () => {
  begin();
  await ready();
  const preventDefault = vi.fn();
  last().emit('close', { preventDefault });
  await settle();
  expect([last().visible, quit.mock.calls.length]).toEqual([false, 0]);
  closingHides = false;
  last().emit('close', { preventDefault });
  await settle();
  expect(quit).toHaveBeenCalledTimes(1);
  isQuitting = true;
  last().emit('close', { preventDefault });
  expect(preventDefault).toHaveBeenCalledTimes(2);
});
