import { beforeEach, expect, it, vi } from 'vitest';
import { toSnapshot } from '@parley/shared/state/state.ts';
import { aState, aUser, idOf } from '../../../../../packages/shared/test/entities.ts';
import type { Bridge } from '../../bridge/bridge.ts';
import { release } from './release.ts';

const me = aUser(idOf(1));
const snapshot = toSnapshot(aState(me, [me], []));
const handOver = { snapshot, through: null, waiting: [], wasHereLast: true };

let answers: unknown[];
let isRefused: boolean;
let onPage: string[];
const reload = vi.fn();
const bridge = {
  call: ((_name: string, input: unknown) => {
    answers.push(input);
    return isRefused ? Promise.reject(new Error('refused')) : Promise.resolve({});
  }) as Bridge['call'],
};
const page = {
  document: {
    querySelector: (selector: string) =>
      onPage.some((each) => selector.includes(each)) ? ({} as Element) : null,
  },
  reload,
};

beforeEach(() => {
  answers = [];
  isRefused = false;
  onPage = [];
  reload.mockClear();
});

function aWorkspace(n: number, change: { ended?: boolean; canRelease?: boolean } = {}) {
  const stop = vi.fn(() => ({ handOver, stored: Promise.resolve() }));
  const account = { server: `https://chat${n}.example.com`, userId: me.id };
  return { account, ended: false, canRelease: true, release: stop, ...change };
}

it('hands over every account that is signed in, and is over', async () => {
  const [one, two, ended] = [aWorkspace(1), aWorkspace(2), aWorkspace(3, { ended: true })];
  expect(await release(bridge, [one, two, ended], page)).toBe(true);
  expect(answers).toEqual([
    {
      may: true,
      accounts: [
        { account: one.account, ...handOver },
        { account: two.account, ...handOver },
      ],
    },
  ]);
  expect(ended.release).not.toHaveBeenCalled();
});

it.each([
  ['one has something to lose', () => [aWorkspace(1), aWorkspace(2, { canRelease: false })], []],
  ['nobody is signed in', () => [], []],
  ['a dialog is open', () => [aWorkspace(1)], ['dialog']],
  ['something is being written that is stored nowhere', () => [aWorkspace(1)], ['data-unsaved']],
] as const)('stays, and stops nothing, where %s', async (_why, make, there) => {
  const workspaces = make();
  onPage = [...there];
  expect(await release(bridge, workspaces, page)).toBe(false);
  expect(answers).toEqual([{ may: false }]);
  for (const workspace of workspaces) expect(workspace.release).not.toHaveBeenCalled();
});

it('waits for storage, but not for ever', async () => {
  vi.useFakeTimers();
  const workspace = aWorkspace(1);
  workspace.release.mockReturnValue({ handOver, stored: new Promise(() => undefined) });
  const released = release(bridge, [workspace], page);
  await vi.advanceTimersByTimeAsync(2_900);
  expect(answers).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
  expect(await released).toBe(true);
  expect(answers).toHaveLength(1);
  vi.useRealTimers();
});

it('begins anew where main does not take over', async () => {
  isRefused = true;
  expect(await release(bridge, [aWorkspace(1)], page)).toBe(true);
  expect(reload).toHaveBeenCalledTimes(1);
});
