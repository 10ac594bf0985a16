import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Downloads, fitName, freeName } from './downloads.ts';

const own = 'blob:app://parley/7f1d';

/** A download as Electron tells of it. */
class TestItem extends EventEmitter {
  readonly #url: string;
  readonly #name: string;
  path: string | null = null;

  constructor(url: string, name: string) {
    super();
    this.#url = url;
    this.#name = name;
  }

  getURL() {
    return this.#url;
  }

  getFilename() {
    return this.#name;
  }

  setSavePath(path: string) {
    this.path = path;
  }
}

describe('a download', () => {
  let folder: string;
  let session: EventEmitter;
  let ended: { name: string; isSaved: boolean }[];
  let revealed: string[];
  let downloads: Downloads;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-downloads-'));
    session = new EventEmitter();
    ended = [];
    revealed = [];
    downloads = new Downloads({
      session,
      folder: () => join(folder, 'Downloads'),
      showInFolder: (path) => revealed.push(path),
      onEnded: (each) => ended.push(each),
      onTrouble: () => undefined,
    });
  });
  afterEach(() => rm(folder, { recursive: true }));

  const begin = (name: string, url = own) => {
    const item = new TestItem(url, name);
    const event = { preventDefault: vi.fn() };
    session.emit('will-download', event, item);
    return { item, event };
  };

  it('goes to the folder for downloads, and takes the place of nothing', async () => {
    const first = begin('report.pdf').item;
    // It is still being written: nothing is there yet.
    const second = begin('report.pdf').item;
    expect(first.path).toBe(join(folder, 'Downloads', 'report.pdf'));
    expect(second.path).toBe(join(folder, 'Downloads', 'report (1).pdf'));
    await writeFile(first.path ?? '', 'kept');
    first.emit('done', {}, 'completed');
    expect(basename(begin('report.pdf').item.path ?? '')).toBe('report (2).pdf');
    expect(await readFile(first.path ?? '', 'utf8')).toBe('kept');
    expect(ended).toEqual([{ name: 'report.pdf', isSaved: true }]);
    downloads.reveal();
    expect(revealed).toEqual([first.path]);
  });

  it('that fails is told of, and nothing is shown for it', () => {
    begin('report.pdf').item.emit('done', {}, 'interrupted');
    expect(ended).toEqual([{ name: 'report.pdf', isSaved: false }]);
    downloads.reveal();
    expect(revealed).toEqual([]);
  });

  it('is refused, unless the page has made it itself', () => {
    for (const url of [
      'https://chat.example.com/setup.exe',
      'data:text/html,hello',
      'blob:https://chat.example.com/7f1d',
      'file:///etc/passwd',
    ]) {
      const { item, event } = begin('setup.exe', url);
      expect(event.preventDefault, url).toHaveBeenCalled();
      expect(item.path, url).toBeNull();
    }
    expect(begin('report.pdf').event.preventDefault).not.toHaveBeenCalled();
  });

  it('is told of where there can be no folder', async () => {
    await writeFile(join(folder, 'Downloads'), 'a file');
    const { item, event } = begin('report.pdf');
    expect(event.preventDefault).toHaveBeenCalled();
    expect(item.path).toBeNull();
    expect(ended).toEqual([{ name: 'report.pdf', isSaved: false }]);
  });
});

it('makes a name that fits any system of whatever a server says', () => {
  const names: [said: string, fit: string][] = [
    ['report.pdf', 'report.pdf'],
    ['日本語 – Übersicht.pdf', '日本語 – Übersicht.pdf'],
    ['../../.bashrc', '_.._.bashrc'],
    ['/etc/passwd', '_etc_passwd'],
    ['C:\\Windows\\a.exe', 'C__Windows_a.exe'],
    ['a\u202Efdp.exe', 'a_fdp.exe'],
    ['a\u0000b.txt', 'a_b.txt'],
    ['.. ', 'file'],
    ['', 'file'],
    ['.env', 'env'],
    ['con.txt', '_con.txt'],
    ['LPT1', '_LPT1'],
    ['console.log', 'console.log'],
    ['ends with points...', 'ends with points'],
  ];
  for (const [said, fit] of names) expect(fitName(said), said).toBe(fit);
  const long = fitName(`${'a'.repeat(400)}.pdf`);
  expect(long).toBe(`${'a'.repeat(196)}.pdf`);
  expect(fitName(`${'報'.repeat(200)}.pdf`)).toBe(`${'報'.repeat(65)}.pdf`);
});

it('finds a name that is free', () => {
  const taken = new Set(['a.txt', 'a (1).txt', 'noending']);
  expect(freeName('a.txt', (name) => taken.has(name))).toBe('a (2).txt');
  expect(freeName('noending', (name) => taken.has(name))).toBe('noending (1)');
  expect(freeName('b.txt', (name) => taken.has(name))).toBe('b.txt');
});
