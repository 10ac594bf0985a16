import { words } from '../../bridge/words.ts';
import { plural } from './plural.ts';

export const searchMessages = {
  search: {
    title: 'Search',
    close: 'Close the search',
    field: words.shortcuts.search,
    placeholder: 'Words or "a phrase"',
    clear: 'Clear',
    where: 'Looks in the messages that are stored on this device.',
    start: 'Find a message',
    startText:
      'Words, parts of words or "a phrase", in any language. A hyphen before a word leaves out what has it.',
    loading: 'Searching…',
    results: 'Messages found, newest first',
    found: (count: number, complete: boolean) =>
      complete
        ? `${plural(count, 'message', 'messages')} found`
        : `The latest ${plural(count, 'message', 'messages')} found`,
    none: (text: string) => `No message found for “${text}”`,
    noneText: 'Older messages may be on the server only. Try fewer or shorter words.',
    failed: 'The search did not work.',
    inThread: 'in a thread',
    inSwitcher: (text: string) => `Search messages for “${text}”`,
  },
  find: {
    title: words.shortcuts.find,
    field: words.shortcuts.find,
    count: (at: number, of: number) => `${at} of ${of}`,
    none: 'Not found',
    earlier: 'Earlier message',
    later: 'Later message',
    close: 'Close',
    everywhere: 'Search everywhere',
  },
} as const;
