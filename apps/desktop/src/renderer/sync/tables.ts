import type { DBSchema } from 'idb';
import type { OutboxItem, StoredDraft } from './storage.ts';

/** The tables of an account's database. What is read from one is parsed before it is used. */
export interface Tables extends DBSchema {
  head: { key: string; value: unknown };
  users: { key: string; value: unknown };
  conversations: { key: string; value: unknown };
  timelines: { key: string; value: unknown };
  outbox: { key: string; value: OutboxItem };
  drafts: { key: string; value: StoredDraft };
}

export const tableNames = [
  'head',
  'users',
  'conversations',
  'timelines',
  'outbox',
  'drafts',
] as const;
