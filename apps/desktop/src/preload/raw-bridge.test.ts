import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { callChannel, signalChannel } from '../bridge/names.ts';
import { createRawBridge } from './raw-bridge.ts';
import type { RawBridge } from '../bridge/bridge.ts';

const invoke = vi.fn((_channel: string, ..._values: unknown[]) => Promise.resolve('an answer'));
let ipc: EventEmitter & { invoke: typeof invoke };
let bridge: RawBridge;

beforeEach(() => {
  invoke.mockClear();
  ipc = Object.assign(new EventEmitter(), { invoke });
  bridge = createRawBridge(ipc);
});
const tell = (name: string, data: unknown) => ipc.emit(signalChannel, {}, name, data);

describe('the bridge of the preload', () => {
  it('forwards the calls that there are and no others', async () => {
    expect(await bridge.call('app.info', {})).toBe('an answer');
    expect(invoke).toHaveBeenCalledWith(callChannel, 'app.info', {});
    await expect(bridge.call('app.quit', {})).rejects.toThrow('no such call');
    expect(() => bridge.on('app.quit', vi.fn())).toThrow('no such signal');
    expect(invoke).toHaveBeenCalledTimes(1);
  });

  it('tells each listener its own signal without the event of Electron, until it ends', () => {
    const listener = vi.fn();
    const end = bridge.on('session.ended', listener);
    tell('session.ended', { reason: 'revoked' });
    tell('power.resumed', {});
    expect(listener.mock.calls).toEqual([[{ reason: 'revoked' }]]);
    end();
    tell('session.ended', { reason: 'revoked' });
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('listens once, however many there are who listen', () => {
    for (let count = 0; count < 20; count += 1) bridge.on('power.resumed', vi.fn());
    expect(ipc.listenerCount(signalChannel)).toBe(1);
  });

  it('keeps a link for a page that is still starting, and tells it once', () => {
    tell('link.received', { kind: 'invite' });
    const listener = vi.fn();
    bridge.on('link.received', listener);
    expect(listener.mock.calls).toEqual([[{ kind: 'invite' }]]);
    const later = vi.fn();
    bridge.on('link.received', later)();
    tell('link.received', { kind: 'setup' });
    bridge.on('link.received', later);
    expect(later).not.toHaveBeenCalled();
    expect(listener).toHaveBeenLastCalledWith({ kind: 'setup' });
  });

  it('keeps all that the person said to a page that is still starting, in order', () => {
    tell('notification.replied', { text: 'one' });
    tell('notification.replied', { text: 'two' });
    const listener = vi.fn();
    bridge.on('notification.replied', listener);
    expect(listener.mock.calls).toEqual([[{ text: 'one' }], [{ text: 'two' }]]);
  });

  it('keeps nothing else for later', () => {
    tell('power.resumed', { item: 'preferences' });
    const listener = vi.fn();
    bridge.on('power.resumed', listener);
    expect(listener).not.toHaveBeenCalled();
  });
});
