import { expect, it } from 'vitest';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { explain } from '../messages.ts';
import { Attempt } from './attempt.svelte.ts';

it('is busy while the work goes on, and gives what it came to', async () => {
  const attempt = new Attempt();
  let finish: (result: number) => void = () => undefined;
  const running = attempt.run(() => new Promise<number>((resolve) => (finish = resolve)));
  expect(attempt.busy).toBe(true);
  finish(3);
  expect(await running).toBe(3);
  expect(attempt).toMatchObject({ busy: false, error: null });
});

it('says in words why it failed, until it is tried again', async () => {
  const attempt = new Attempt();
  const refusal = new ParleyError('forbidden', 'Not for you.');
  expect(await attempt.run(() => Promise.reject(refusal))).toBeNull();
  expect(attempt).toMatchObject({ busy: false, error: explain(refusal) });
  const running = attempt.run(() => Promise.resolve('done'));
  expect(attempt.error).toBeNull();
  expect(await running).toBe('done');
});
