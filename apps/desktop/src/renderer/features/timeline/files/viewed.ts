import type { File } from '@parley/shared/protocol/file.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import { isPicture } from '../../../ui/files/file-kind.ts';

/** A picture that can be looked at, with the message that has it. */
export type Viewed = { file: File & { width: number; height: number }; message: Message };

/** All pictures of these messages, in the order that they stand in. */
export function picturesOf(messages: readonly Message[]): Viewed[] {
  return messages
    .filter(({ deletedAt }) => deletedAt === null)
    .flatMap((message) =>
      message.files.filter((file) => isPicture(file)).map((file) => ({ file, message })),
    );
}
