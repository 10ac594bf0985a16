import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rememberPlace, workAreas } from './window-place.ts';

class TestWindow extends EventEmitter {
  bounds = { x: 10, y: 20, width: 800, height: 600 };
  readonly isDestroyed = vi.fn(() => false);
  readonly isMinimized = vi.fn(() => false);
  readonly isMaximized = vi.fn(() => false);
  readonly getNormalBounds = () => this.bounds;
}

describe('the place of the window', () => {
  let window: TestWindow;
  const setWindowPlace = vi.fn((_place: object) => undefined);

  beforeEach(() => {
    vi.useFakeTimers();
    setWindowPlace.mockClear();
    window = new TestWindow();
    rememberPlace(window, { setWindowPlace });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is kept once the person has stopped moving it', () => {
    for (let n = 0; n < 50; n += 1) {
      window.emit('move');
      vi.advanceTimersByTime(10);
    }
    expect(setWindowPlace).not.toHaveBeenCalled();
    vi.advanceTimersByTime(500);
    expect(setWindowPlace.mock.calls).toEqual([[{ bounds: window.bounds, isMaximized: false }]]);
  });

  it('is kept when the app quits right after the window was moved, and once', () => {
    window.emit('resize');
    window.emit('close');
    window.emit('closed');
    vi.advanceTimersByTime(1_000);
    expect(setWindowPlace).toHaveBeenCalledTimes(1);
  });

  it('is its own size while it fills the screen', () => {
    window.isMaximized.mockReturnValue(true);
    window.emit('maximize');
    vi.advanceTimersByTime(500);
    expect(setWindowPlace).toHaveBeenCalledWith({ bounds: window.bounds, isMaximized: true });
  });

  it('is not taken from a window that is minimised or gone', () => {
    window.isMinimized.mockReturnValue(true);
    window.emit('move');
    vi.advanceTimersByTime(500);
    window.isMinimized.mockReturnValue(false);
    window.isDestroyed.mockReturnValue(true);
    window.emit('move');
    vi.advanceTimersByTime(500);
    expect(setWindowPlace).not.toHaveBeenCalled();
  });
});

it('takes the primary screen for the first, wherever the system lists it', () => {
  const primary = { id: 2, workArea: { x: 0, y: 0, width: 1920, height: 1040 } };
  const second = { id: 1, workArea: { x: 1920, y: 0, width: 1280, height: 1024 } };
  const screen = { getAllDisplays: () => [second, primary], getPrimaryDisplay: () => primary };
  expect(workAreas(screen)).toEqual([primary.workArea, second.workArea]);
});
