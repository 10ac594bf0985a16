import { expect, it, vi } from 'vitest';
import { contextEntries } from './context-menu.ts';

const nothing = {
  misspelledWord: '',
  dictionarySuggestions: [],
  isEditable: false,
  selectionText: '',
  linkURL: '',
  editFlags: { canCut: false, canCopy: false, canPaste: false },
};
const act = { replaceMisspelling: vi.fn(), addToDictionary: vi.fn(), copyText: vi.fn() };
const shown = (asked: Partial<Parameters<typeof contextEntries>[0]>) =>
  contextEntries({ ...nothing, ...asked }, act);
const names = (asked: Parameters<typeof shown>[0]) =>
  shown(asked).map(({ label, role, type }) => label ?? role ?? type);
const click = (entry: ReturnType<typeof shown>[number] | undefined) => {
  (entry?.click as (() => void) | undefined)?.();
};

it('offers nothing where there is nothing to do', () => {
  expect(shown({})).toEqual([]);
  expect(shown({ selectionText: '  \n' })).toEqual([]);
  expect(shown({ linkURL: 'app://parley/index.html#x' })).toEqual([]);
});

it('copies what is selected, and where a link leads', () => {
  expect(names({ selectionText: 'Tea' })).toEqual(['copy']);
  const link = shown({ linkURL: 'https://example.org/x' });
  click(link[0]);
  expect(act.copyText).toHaveBeenCalledWith('https://example.org/x');
});

it('edits where one writes, as far as it can be done', () => {
  const entries = shown({ isEditable: true, editFlags: { ...nothing.editFlags, canPaste: true } });
  expect(entries.map(({ role, enabled }) => [role, enabled])).toEqual([
    ['cut', false],
    ['copy', false],
    ['paste', true],
    ['selectAll', undefined],
  ]);
});

it('suggests words for a misspelled one, five at most, and learns it', () => {
  const misspelledWord = 'teh';
  const dictionarySuggestions = ['the', 'tea', 'ten', 'tech', 'eh', 'meh'];
  const entries = shown({ misspelledWord, dictionarySuggestions, isEditable: true });
  expect(names({ misspelledWord, dictionarySuggestions, isEditable: true })).toEqual([
    ...['the', 'tea', 'ten', 'tech', 'eh', 'Add to dictionary'],
    ...['separator', 'cut', 'copy', 'paste', 'selectAll'],
  ]);
  click(entries[1]);
  expect(act.replaceMisspelling).toHaveBeenCalledWith('tea');
  click(entries[5]);
  expect(act.addToDictionary).toHaveBeenCalledWith('teh');
  expect(names({ misspelledWord })).toEqual(['No suggestions', 'Add to dictionary']);
});
