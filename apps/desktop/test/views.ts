import { toSnapshot } from '@parley/shared/state/state.ts';
import {
  aConversation,
  aMessage,
  aState,
  aUser,
  idOf,
} from '../../../packages/shared/test/entities.ts';
import type { CachedView, OutboxItem, StoredAttachment } from '../src/renderer/sync/storage.ts';

const me = aUser(idOf(1));
export const viewChannelId = idOf(0x100);

/** What a client holds: two people, two conversations, and the latest messages of one. */
export function aView(position: number, texts: string[] = ['hello']): CachedView {
  const conversations = [viewChannelId, idOf(0x101)].map((id) =>
    aConversation({ id }, { userId: me.id }),
  );
  const messages = texts.map((text, n) =>
    aMessage({ id: idOf(0x1000 + n), channelId: viewChannelId, number: n + 1, text }),
  );
  return {
    snapshot: toSnapshot({ ...aState(me, [me, aUser(idOf(2))], conversations), position }),
    timelines: [{ channelId: viewChannelId, messages }],
  };
}

export function anItem(change: Partial<OutboxItem> = {}): OutboxItem {
  return {
    nonce: idOf(0x900),
    channelId: viewChannelId,
    alsoToChannel: false,
    text: 'hello',
    createdAt: '2026-03-02T09:00:00.000Z',
    sequence: 1,
    failure: null,
    ...change,
  };
}

export function anAttachment(change: Partial<StoredAttachment> = {}): StoredAttachment {
  return {
    id: idOf(1),
    place: viewChannelId,
    nonce: null,
    sequence: 1,
    name: 'notes.txt',
    mediaType: 'text/plain',
    bytes: 0,
    uploadId: null,
    file: null,
    failure: null,
    ...change,
  };
}
