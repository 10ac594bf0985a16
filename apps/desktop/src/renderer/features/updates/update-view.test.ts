import { expect, it, vi } from 'vitest';
import type { Bridge } from '../../../bridge/bridge.ts';
import { noUpdate, type UpdateState } from '../../../bridge/updates.ts';
import { UpdateView } from './update-view.svelte.ts';

const offer = { version: '1.4.0', notes: '', releasedAt: '2026-11-28T12:00:00.000Z' };
const optional = { ...offer, isRequired: false };

/** A view of what a desktop says, which starts with this. */
async function view(first: UpdateState, kind: Bridge['kind'] = 'electron') {
  let tell: (state: UpdateState) => void = () => undefined;
  const on = (_name: string, listener: (state: UpdateState) => void) => {
    tell = listener;
    return () => undefined;
  };
  const call = vi.fn((_name: string, _input: object) => Promise.resolve<unknown>(first));
  const made = new UpdateView(
    { kind, call: call as Bridge['call'], on: on as Bridge['on'] },
    () => undefined,
  );
  await Promise.resolve();
  return { view: made, call, tell: (state: UpdateState) => tell(state) };
}

it('has nothing to say while nothing is ready', async () => {
  for (const status of ['off', 'idle', 'checking', 'downloading'] as const) {
    const { view: shown } = await view({ ...noUpdate, status, offer: optional });
    expect(shown.notice).toBeNull();
  }
});

it('tells of what is ready until the person puts it off, and again of the next one', async () => {
  const { view: shown, tell } = await view({ ...noUpdate, status: 'ready', offer: optional });
  expect(shown.notice).toBe('ready');
  shown.putOff();
  expect(shown.notice).toBeNull();
  tell({ ...noUpdate, status: 'available', offer: { ...optional, version: '1.5.0' } });
  expect(shown.notice).toBe('available');
  tell({ ...noUpdate, status: 'restarting', offer: optional });
  expect(shown.notice).toBe('restarting');
});

it('what is required cannot be put off', async () => {
  const required = { ...offer, isRequired: true };
  const { view: shown } = await view({ ...noUpdate, status: 'ready', offer: required });
  shown.putOff();
  expect(shown.notice).toBe('ready');
});

it('tells once that a version was taken back', async () => {
  const { view: shown } = await view({ ...noUpdate, failedVersion: '1.4.0', hasReturned: true });
  expect(shown.notice).toBe('returned');
  shown.putOff();
  expect(shown.notice).toBeNull();
  const later = await view({ ...noUpdate, failedVersion: '1.4.0' });
  expect(later.view.notice).toBeNull();
});

it('has nothing to do with a browser', async () => {
  const { view: shown, call } = await view(noUpdate, 'browser');
  expect(shown.state).toBeNull();
  expect(shown.notice).toBeNull();
  expect(call).not.toHaveBeenCalled();
});
