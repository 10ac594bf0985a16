import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron';

type Asked = Pick<
  ContextMenuParams,
  'misspelledWord' | 'dictionarySuggestions' | 'isEditable' | 'selectionText' | 'linkURL'
> & { editFlags: Pick<ContextMenuParams['editFlags'], 'canCut' | 'canCopy' | 'canPaste'> };

export type ContextActions = {
  replaceMisspelling: (word: string) => void;
  addToDictionary: (word: string) => void;
  copyText: (text: string) => void;
};

const maxSuggestions = 5;

/** What a click with the right button offers at this place; empty: nothing. */
export function contextEntries(asked: Asked, act: ContextActions): MenuItemConstructorOptions[] {
  const groups = [spelling(asked, act), linkEntries(asked, act), editing(asked)];
  const filled = groups.filter((group) => group.length > 0);
  return filled.flatMap((group, index) =>
    index === 0 ? group : [{ type: 'separator' as const }, ...group],
  );
}

function spelling(
  { misspelledWord, dictionarySuggestions }: Asked,
  { replaceMisspelling, addToDictionary }: ContextActions,
): MenuItemConstructorOptions[] {
  if (misspelledWord === '') return [];
  const suggestions = dictionarySuggestions.slice(0, maxSuggestions).map((word) => ({
    label: word,
    click: () => {
      replaceMisspelling(word);
    },
  }));
  const none = suggestions.length > 0 ? [] : [{ label: 'No suggestions', enabled: false }];
  const add = {
    label: 'Add to dictionary',
    click: () => {
      addToDictionary(misspelledWord);
    },
  };
  return [...suggestions, ...none, add];
}

function linkEntries(
  { linkURL }: Asked,
  { copyText }: ContextActions,
): MenuItemConstructorOptions[] {
  // Addresses of the app's own page mean nothing elsewhere.
  if (!/^(?:https?|mailto):/i.test(linkURL)) return [];
  const copy = () => {
    copyText(linkURL);
  };
  return [{ label: 'Copy link', click: copy }];
}

function editing({ isEditable, selectionText, editFlags }: Asked): MenuItemConstructorOptions[] {
  if (isEditable) {
    return [
      { role: 'cut', enabled: editFlags.canCut },
      { role: 'copy', enabled: editFlags.canCopy },
      { role: 'paste', enabled: editFlags.canPaste },
      { role: 'selectAll' },
    ];
  }
  return selectionText.trim() === '' ? [] : [{ role: 'copy' }];
}
