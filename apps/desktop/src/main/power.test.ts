import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchAttention, type Attention } from './power.ts';

const onChange = vi.fn((_state: object) => undefined);
const onResume = vi.fn(() => undefined);
const window = {
  isDestroyed: vi.fn(() => false),
  isFocused: vi.fn(() => true),
  isVisible: vi.fn(() => true),
  isMinimized: vi.fn(() => false),
};
let idleSeconds: number;
let monitor: EventEmitter & { getSystemIdleTime(): number };
let attention: Attention;

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  idleSeconds = 0;
  monitor = Object.assign(new EventEmitter(), { getSystemIdleTime: () => idleSeconds });
  attention = watchAttention({
    monitor,
    window: () => window,
    onChange,
    onResume,
    now: Date.now,
  });
});
afterEach(() => {
  attention.stop();
  vi.useRealTimers();
});

it('tells that the person has left the machine, and that they are back', () => {
  vi.advanceTimersByTime(5_000);
  expect(onChange).toHaveBeenLastCalledWith({
    focused: true,
    visible: true,
    idle: false,
    locked: false,
  });
  idleSeconds = 300;
  vi.advanceTimersByTime(60_000);
  expect(onChange).toHaveBeenCalledTimes(2);
  expect(onChange).toHaveBeenLastCalledWith(expect.objectContaining({ idle: true }));
  idleSeconds = 0;
  vi.advanceTimersByTime(5_000);
  expect(onChange).toHaveBeenLastCalledWith(expect.objectContaining({ idle: false }));
});

it('sees nobody before a locked screen, and asks for a probe when it is unlocked or woken', () => {
  monitor.emit('lock-screen');
  expect(attention.state()).toMatchObject({ locked: true });
  expect(onResume).not.toHaveBeenCalled();
  monitor.emit('unlock-screen');
  expect(attention.state()).toMatchObject({ locked: false });
  monitor.emit('resume');
  expect(onResume).toHaveBeenCalledTimes(2);
});

it('takes a window that is minimised, hidden or gone for one that nobody sees', () => {
  window.isMinimized.mockReturnValueOnce(true);
  expect(attention.state().visible).toBe(false);
  window.isVisible.mockReturnValueOnce(false);
  expect(attention.state().visible).toBe(false);
  window.isDestroyed.mockReturnValueOnce(true);
  expect(attention.state()).toMatchObject({ visible: false, focused: false });
});

it('asks for a probe after the process stood still, though the system said nothing', () => {
  vi.advanceTimersByTime(60_000);
  expect(onResume).not.toHaveBeenCalled();
  vi.setSystemTime(Date.now() + 60_000);
  vi.advanceTimersByTime(5_000);
  expect(onResume).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(60_000);
  expect(onResume).toHaveBeenCalledTimes(1);
});
