import { listed, plural } from './plural.ts';

/** What notifications say, whichever process shows them. */
export const notificationMessages = {
  title: (author: string, place: string) => `${author} in ${place}`,
  wave: (count: number) => plural(count, 'new message', 'new messages'),
  wavePlaces: (places: string[], more: number) =>
    `in ${listed(more > 0 ? [...places, plural(more, 'other place', 'other places')] : places)}`,
  replyFailed: (text: string) => `This answer was not sent: ${text}`,
  testTitle: 'Notifications work',
  testText: 'This is how Parley tells you of a message.',
} as const;
