import type { Message } from '@parley/shared/protocol/message.ts';
import type { SearchQuery } from '@parley/shared/text/search-query.ts';
import type { Client, Timeline } from '../../sync/client.ts';
import { scan } from './scan.ts';

/**
 * Where messages are looked for: the one place for another source, such as a server's `search.messages`. Gives what it
 * finds newest first, one by one as they are asked for, and ends where the signal aborts. Throws a ParleyError where it
 * cannot be asked.
 */
export type SearchSource = (
  query: SearchQuery,
  signal: AbortSignal,
) => AsyncGenerator<Message, void>;

/** What this device holds of the conversations that the person is in. */
export function heldMessages(client: Pick<Client, 'held'>): SearchSource {
  return (query, signal) =>
    scan(
      client.held().map(({ messages }) => messages),
      query,
      { signal },
    );
}

/** What is held of one conversation or thread. */
export function messagesOf(timeline: Pick<Timeline, 'messages'>): SearchSource {
  return (query, signal) => scan([timeline.messages], query, { signal });
}
