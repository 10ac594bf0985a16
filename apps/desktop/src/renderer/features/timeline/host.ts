import { getContext, setContext } from 'svelte';
import type { Id, Timestamp } from '@parley/shared/protocol/ids.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import type { Client } from '../../sync/client.ts';
import type { Downloads } from '../../ui/files/downloads.svelte.ts';
import type { Pictures } from '../../ui/files/pictures.ts';

export type NotificationDecision = { at: Timestamp; shown: boolean; reason: string };

/** What messages need from what is around them. */
export type TimelineHost = {
  client: Client;
  openThread: (message: Message) => void;
  openProfile: (userId: Id, anchor: HTMLElement) => void;
  openChannel: (channelId: Id) => void;
  openLink: (href: string) => void;
  pictures: Pictures;
  downloads: Downloads;
  /** Shows an image of the conversation as large as the window; `anchor` is where the focus comes back to. */
  showImage: (fileId: Id, anchor: HTMLElement) => void;
  /** Why this device did, or did not, tell of the message; the latest decision last. */
  explainNotification: (messageId: Id) => Promise<NotificationDecision[]>;
  /** The address of a message, for others to open. */
  linkTo: (message: Message) => string;
  personCalled: (username: string) => { userId: Id; label: string; isMe: boolean } | null;
  channelCalled: (name: string) => Id | null;
  isWideMention: (name: string) => boolean;
};

/** What messages may ask of the app around them. */
export type MessageActions = Pick<
  TimelineHost,
  | 'openThread'
  | 'openProfile'
  | 'openChannel'
  | 'openLink'
  | 'linkTo'
  | 'explainNotification'
  | 'pictures'
  | 'downloads'
>;

const key = Symbol('timeline host');

export function provideTimelineHost(host: TimelineHost): void {
  setContext(key, host);
}

export function timelineHost(): TimelineHost {
  return getContext<TimelineHost>(key);
}
