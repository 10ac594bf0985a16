import type { MessageBoxOptions } from 'electron';
import { expect, it, vi } from 'vitest';
import { openExternally } from './external-links.ts';

const window = 'the window';

function system(response: number) {
  const openExternal = vi.fn((_url: string) => Promise.resolve());
  const asked: MessageBoxOptions[] = [];
  const showMessageBox = (_window: string, options: MessageBoxOptions) => {
    asked.push(options);
    return Promise.resolve({ response });
  };
  const servers = ['https://chat.example.com'];
  return {
    asked,
    openExternal,
    servers,
    window,
    dialog: { showMessageBox },
    shell: { openExternal },
  };
}

it('opens a page of another host once the person has seen which, and not otherwise', async () => {
  const agreed = system(0);
  expect(await openExternally('https://example.org/x', agreed)).toEqual({ opened: true });
  expect(agreed.asked[0]?.message).toContain('example.org');
  expect(agreed.openExternal).toHaveBeenCalledWith('https://example.org/x');
  const refused = system(1);
  expect(await openExternally('https://example.org/x', refused)).toEqual({ opened: false });
  expect(refused.openExternal).not.toHaveBeenCalled();
});

it('shows a host that only looks like another one as what it is', async () => {
  const agreed = system(0);
  await openExternally('https://раypal.com/', agreed);
  expect(agreed.asked[0]?.message).toContain('xn--');
});

it('opens nothing without a window to ask in', async () => {
  const agreed = { ...system(0), window: null };
  expect(await openExternally('https://example.org/', agreed)).toEqual({ opened: false });
  expect(agreed.openExternal).not.toHaveBeenCalled();
});

it('opens pages of the own server without asking', async () => {
  const agreed = { ...system(1), window: null };
  expect(await openExternally('https://chat.example.com/x', agreed)).toEqual({ opened: true });
  expect(agreed.asked).toEqual([]);
});

it('hands nothing else to the system', async () => {
  const agreed = system(0);
  for (const url of ['file:///etc/passwd', 'javascript:alert(1)', 'smb://host/share', 'x']) {
    expect(await openExternally(url, agreed)).toEqual({ opened: false });
  }
  expect(agreed.asked).toEqual([]);
  expect(agreed.openExternal).not.toHaveBeenCalled();
});
