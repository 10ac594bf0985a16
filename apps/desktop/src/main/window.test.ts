import { EventEmitter } from 'node:events';
import type { Session } from 'electron';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { denyPermissions, reviveDead } from './window.ts';

describe('a page that died', () => {
  class TestContents extends EventEmitter {
    readonly reload = vi.fn();
  }
  let contents: TestContents;
  let clock: number;

  beforeEach(() => {
    clock = 0;
    contents = new TestContents();
    reviveDead(contents, () => clock);
  });
  const die = (reason: string) => contents.emit('render-process-gone', {}, { reason });

  it('is loaded again, also when it dies another day', () => {
    die('crashed');
    clock += 60_000;
    die('oom');
    expect(contents.reload).toHaveBeenCalledTimes(2);
  });

  it('is left alone when it dies at once again, and when it ended by itself', () => {
    die('clean-exit');
    expect(contents.reload).not.toHaveBeenCalled();
    die('crashed');
    clock += 59_999;
    die('crashed');
    expect(contents.reload).toHaveBeenCalledTimes(1);
  });
});

type Handlers = {
  request: Parameters<Session['setPermissionRequestHandler']>[0];
  check: Parameters<Session['setPermissionCheckHandler']>[0];
  device: Parameters<Session['setDevicePermissionHandler']>[0];
};

it('denies what a page may ask of the system, but for text on the clipboard and the own network', () => {
  const handlers: Handlers = { request: null, check: null, device: null };
  denyPermissions({
    setPermissionRequestHandler: (handler) => (handlers.request = handler),
    setPermissionCheckHandler: (handler) => (handlers.check = handler),
    setDevicePermissionHandler: (handler) => (handlers.device = handler),
  });
  const denied = [
    'media',
    'geolocation',
    'notifications',
    'midiSysex',
    'openExternal',
    'display-capture',
    'clipboard-read',
  ];
  const ask = (permission: string) => {
    const answer = vi.fn();
    Reflect.apply(handlers.request ?? vi.fn(), null, [null, permission, answer, {}]);
    const checked: unknown = Reflect.apply(handlers.check ?? vi.fn(), null, [
      null,
      permission,
      '',
      {},
    ]);
    return { answered: answer.mock.calls, checked };
  };
  for (const permission of denied) {
    expect(ask(permission), permission).toEqual({ answered: [[false]], checked: false });
  }
  const allowed = [
    'clipboard-sanitized-write',
    'local-network-access',
    'local-network',
    'loopback-network',
  ];
  for (const permission of allowed) {
    expect(ask(permission), permission).toEqual({ answered: [[true]], checked: true });
  }
  expect(Reflect.apply(handlers.device ?? vi.fn(), null, [{}])).toBe(false);
});
