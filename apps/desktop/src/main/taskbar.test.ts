import type { MenuItemConstructorOptions, Task } from 'electron';
import { expect, it, vi } from 'vitest';
import { newMessageArgument, offerTasks } from './taskbar.ts';

function system(platform: NodeJS.Platform, profile = '') {
  const tasks: Task[] = [];
  const entries: MenuItemConstructorOptions[] = [];
  const setMenu = vi.fn();
  const onNewMessage = vi.fn();
  offerTasks({
    platform,
    profile,
    app: {
      setUserTasks: (given) => {
        tasks.push(...given);
        return true;
      },
      dock: { setMenu },
    },
    Menu: {
      buildFromTemplate: (template) => {
        entries.push(...template);
      },
    },
    executable: String.raw`C:\Parley\Parley.exe`,
    onNewMessage,
  });
  return { tasks, entries, setMenu, onNewMessage };
}

it('is a task that starts the app with a word, for the same profile, on Windows', () => {
  const { tasks, setMenu } = system('win32', 'work');
  expect(tasks).toMatchObject([
    {
      program: String.raw`C:\Parley\Parley.exe`,
      arguments: `${newMessageArgument} --profile=work`,
    },
  ]);
  expect(system('win32').tasks[0]?.arguments).toBe(newMessageArgument);
  expect(setMenu).not.toHaveBeenCalled();
});

it('is an entry of the menu of the dock on macOS', () => {
  const { entries, onNewMessage, setMenu, tasks } = system('darwin');
  expect(setMenu).toHaveBeenCalledTimes(1);
  entries[0]?.click?.({} as never, undefined, {});
  expect(onNewMessage).toHaveBeenCalledTimes(1);
  expect(tasks).toEqual([]);
});

it('is left to the packages on Linux', () => {
  const { tasks, setMenu } = system('linux');
  expect(tasks).toEqual([]);
  expect(setMenu).not.toHaveBeenCalled();
});
