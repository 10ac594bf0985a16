import type { Id } from '@parley/shared/protocol/ids.ts';

/** Names a post before it has an id: its author and the author's nonce. */
export function keyOf(authorId: Id, nonce: Id): string {
  return `${authorId} ${nonce}`;
}
