import { getContext, setContext } from 'svelte';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Client } from '../../sync/client.ts';

/** What messages need from what is around them. */
export type TimelineHost = {
  client: Client;
  openThread: (message: Message) => void;
  openProfile: (userId: Id, anchor: HTMLElement) => void;
  openChannel: (channelId: Id) => void;
  openLink: (href: string) => void;
  /** The address of a message, for others to open. */
  linkTo: (message: Message) => string;
  personCalled: (username: string) => { userId: Id; label: string; isMe: boolean } | null;
  channelCalled: (name: string) => Id | null;
  isWideMention: (name: string) => boolean;
};

const key = Symbol('timeline host');

export function provideTimelineHost(host: TimelineHost): void {
  setContext(key, host);
}

export function timelineHost(): TimelineHost {
  return getContext<TimelineHost>(key);
}
