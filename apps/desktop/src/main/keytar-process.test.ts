import { expect, it, vi } from 'vitest';
import { keytarInProcess, type HelperProcess } from './keytar-process.ts';

type Question = { id: number; name: string; given: string[] };

/** Processes that answer as told. The real one is driven by the journeys: it needs Electron. */
function world(answer: (question: Question) => object | null) {
  const killed: HelperProcess[] = [];
  const fork = vi.fn((): HelperProcess => {
    let listener: (message: unknown) => void = () => undefined;
    const helper: HelperProcess = {
      postMessage(message) {
        const reply = answer(message as Question);
        if (reply) queueMicrotask(() => listener(reply));
      },
      on(event, heard: (given: never) => void) {
        if (event === 'message') listener = heard as typeof listener;
      },
      kill: () => killed.push(helper) > 0,
    };
    return helper;
  });
  return { fork, killed, keytar: keytarInProcess(fork) };
}

it('asks one process, and gives what it answers', async () => {
  const { fork, keytar } = world(({ id, name, given }) =>
    name === 'deletePassword'
      ? { id, ok: true, value: true }
      : name === 'setPassword'
        ? { id, ok: false, message: 'refused' }
        : { id, ok: true, value: given.join('/') },
  );
  const [read, deleted] = await Promise.all([
    keytar.getPassword('a', 'b'),
    keytar.deletePassword('a', 'b'),
  ]);
  expect([read, deleted]).toEqual(['a/b', true]);
  await expect(keytar.setPassword('a', 'b', 'c')).rejects.toThrow('refused');
  expect(fork).toHaveBeenCalledTimes(1);
});

it('gives up one that hangs, and asks another', async () => {
  let hangs = true;
  const { fork, killed, keytar } = world(({ id }) =>
    hangs ? null : { id, ok: true, value: null },
  );
  const asked = keytar.getPassword('a', 'b');
  keytar.reset?.();
  await expect(asked).rejects.toThrow('given up');
  hangs = false;
  expect(await keytar.getPassword('a', 'b')).toBeNull();
  expect([fork.mock.calls.length, killed.length]).toEqual([2, 1]);
});

it('ends the process when nobody has asked for a while', async () => {
  vi.useFakeTimers();
  const { killed, keytar } = world(({ id }) => ({ id, ok: true, value: null }));
  await keytar.getPassword('a', 'b');
  vi.advanceTimersByTime(9_000);
  expect(killed).toHaveLength(0);
  vi.advanceTimersByTime(2_000);
  expect(killed).toHaveLength(1);
  vi.useRealTimers();
});
