import { expect, it } from 'vitest';
import { UpdateMemory } from './update-memory.ts';

function memory(kept: Record<string, unknown> = {}) {
  return {
    kept,
    open: () =>
      new UpdateMemory({
        get: (name) => kept[name],
        set: (name: string, value: string | boolean) => {
          kept[name] = value;
        },
      }),
  };
}

it('has one number for this installation, made when it is asked for first', () => {
  const { open, kept } = memory();
  const { installation } = open();
  expect(installation).toMatch(/^[0-9a-f-]{36}$/);
  expect(open().installation).toBe(installation);
  kept.installation = 'something else';
  expect(open().installation).not.toBe('something else');
  expect(memory().open().installation).not.toBe(installation);
});

it('remembers the version that failed, if it is one', () => {
  const { open, kept } = memory();
  expect(open().failedVersion).toBeNull();
  open().keepFailed('1.4.0');
  expect(open().failedVersion).toBe('1.4.0');
  kept.failedVersion = 7;
  expect(open().failedVersion).toBeNull();
});

it('one start is hidden, and no more than one', () => {
  const { open } = memory();
  expect(open().takeStartHidden()).toBe(false);
  open().startHidden(true);
  expect(open().takeStartHidden()).toBe(true);
  expect(open().takeStartHidden()).toBe(false);
});
