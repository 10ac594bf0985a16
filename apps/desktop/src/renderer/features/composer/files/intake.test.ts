import { expect, it } from 'vitest';
import { dropped, holdsFiles, pasted, type Transfer } from './intake.ts';

type Entry = { file: File; isDirectory?: boolean };

/** What a browser hands over: the parts of it that are read. */
function transferOf(entries: readonly Entry[], text = ''): Transfer {
  return {
    types: [...(entries.length > 0 ? ['Files'] : []), ...(text === '' ? [] : ['text/plain'])],
    files: entries.map(({ file }) => file),
    items: [
      ...(text === ''
        ? []
        : [{ kind: 'string', getAsFile: () => null, webkitGetAsEntry: () => null }]),
      ...entries.map(({ file, isDirectory = false }) => ({
        kind: 'file',
        getAsFile: () => file,
        webkitGetAsEntry: () => ({ isDirectory }),
      })),
    ],
    getData: () => text,
  };
}

const report = new File(['%PDF'], 'report.pdf', { type: 'application/pdf' });
const bitmap = new File(['png'], 'image.png', { type: 'image/png' });
const nameOf = () => 'Image at noon';
const namesOf = ({ files }: ReturnType<typeof dropped>) => files.map(({ name }) => name);

it('takes what was dropped, and says that folders cannot be', () => {
  const folder = new File([], 'holiday');
  const given = dropped(transferOf([{ file: report }, { file: folder, isDirectory: true }]));
  expect(namesOf(given)).toEqual(['report.pdf']);
  expect(given.hasFolders).toBe(true);
  expect(dropped(transferOf([{ file: report }])).hasFolders).toBe(false);
});

it('names an image that was copied itself', () => {
  expect(namesOf(pasted(transferOf([{ file: bitmap }]), nameOf))).toEqual(['Image at noon.png']);
  expect(namesOf(pasted(transferOf([{ file: report }]), nameOf))).toEqual(['report.pdf']);
});

it('takes the words, where a program lays a picture of them beside them', () => {
  expect(pasted(transferOf([{ file: bitmap }], 'A1\tB1'), nameOf).files).toEqual([]);
  // A file that was copied comes with its path as words.
  const copied = transferOf([{ file: report }], '/home/ada/report.pdf');
  expect(namesOf(pasted(copied, nameOf))).toEqual(['report.pdf']);
  expect(pasted(transferOf([], 'only words'), nameOf).files).toEqual([]);
});

it('knows files from words that are dragged', () => {
  expect(holdsFiles(transferOf([{ file: report }]))).toBe(true);
  expect(holdsFiles(transferOf([], 'words'))).toBe(false);
  expect(holdsFiles(null)).toBe(false);
});
