import type { File } from '@parley/shared/protocol/file.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { PendingMessage } from '../../sync/client.ts';
import type { Row } from './rows.ts';

/** What a row asks of the timeline that it is in. */
export type RowActions = {
  focused: (key: string) => void;
  keydown: (event: KeyboardEvent, row: Row) => void;
  pickEmoji: (message: Message, anchor: HTMLElement) => void;
  edit: (message: Message) => void;
  save: (message: Message, text: string) => void;
  cancelEdit: () => void;
  remove: (message: Message) => void;
  removeFile: (message: Message, file: File) => void;
  /** A message that failed is to be written anew. */
  takeBack: (pending: PendingMessage) => void;
  markUnread: (message: Message) => void;
  showRevisions: (message: Message) => void;
  showReaders: (message: Message) => void;
  explainNotification: (message: Message) => void;
};
