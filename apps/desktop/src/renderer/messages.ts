import { certificateMessages } from './messages/certificates.ts';
import { composerMessages } from './messages/composer.ts';
import { conversationMessages } from './messages/conversation.ts';
import { fileMessages } from './messages/files.ts';
import { formMessages } from './messages/form.ts';
import { peopleMessages } from './messages/people.ts';
import { searchMessages } from './messages/search.ts';
import { settingsMessages } from './messages/settings.ts';
import { shellMessages } from './messages/shell.ts';
import { signInMessages } from './messages/sign-in.ts';
import { timelineMessages } from './messages/timeline.ts';
import { updateMessages } from './messages/updates.ts';

export { explain, failureOf } from './messages/failures.ts';
export { heardIn } from './messages/files.ts';
export { conversationName, conversationTitle, othersOf, personName } from './messages/names.ts';

/** Every text that a person reads, in one place. Functions take what the text is about. */
export const messages = {
  ...formMessages,
  ...signInMessages,
  ...certificateMessages,
  ...shellMessages,
  ...conversationMessages,
  ...timelineMessages,
  ...composerMessages,
  ...fileMessages,
  ...peopleMessages,
  ...searchMessages,
  ...settingsMessages,
  ...updateMessages,
} as const;
