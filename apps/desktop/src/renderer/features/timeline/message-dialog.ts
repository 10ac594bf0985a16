import type { File } from '@parley/shared/protocol/file.ts';
import type { Message } from '@parley/shared/protocol/message.ts';

/** What is asked about a message, beside or above the timeline. */
export type MessageDialog =
  | { kind: 'emoji'; message: Message; anchor: HTMLElement }
  | { kind: 'delete'; message: Message }
  | { kind: 'deleteFile'; message: Message; file: File }
  | { kind: 'revisions'; message: Message }
  | { kind: 'readers'; message: Message }
  | { kind: 'notification'; message: Message };
