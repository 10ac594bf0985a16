import type { DBSchema } from 'idb';
import type { OutboxItem, StoredAttachment, StoredDraft } from './storage.ts';

/** The tables of an account's database. What is read from one is parsed before it is used. */
export interface Tables extends DBSchema {
  head: { key: string; value: unknown };
  users: { key: string; value: unknown };
  conversations: { key: string; value: unknown };
  timelines: { key: string; value: unknown };
  outbox: { key: string; value: OutboxItem };
  drafts: { key: string; value: StoredDraft };
  attachments: { key: string; value: StoredAttachment };
  /** The bytes of attachments, under their ids: written once, whatever becomes of those. */
  blobs: { key: string; value: unknown };
}

export const tableNames = [
  'head',
  'users',
  'conversations',
  'timelines',
  'outbox',
  'drafts',
  'attachments',
  'blobs',
] as const;
