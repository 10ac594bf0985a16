import type { Message } from '@parley/shared/protocol/message.ts';
import type { PendingMessage } from '../../sync/client.ts';
import { dayOf } from '../../ui/time.ts';

/** What is before a message in its row: a new day, the line above the first unread one. */
export type Row = {
  key: string;
  /** By the same author within five minutes: without face and name. */
  grouped: boolean;
  /** ISO time of the first message of a day, for the separator. */
  day: string | null;
  isFirstNew: boolean;
  /** The message that a thread began with; its replies come after it. */
  isRoot: boolean;
} & ({ kind: 'message'; message: Message } | { kind: 'pending'; pending: PendingMessage });

const groupMs = 5 * 60_000;

type Options = {
  messages: readonly Message[];
  pending: readonly PendingMessage[];
  meId: string;
  /** The number after which messages are new; null where there is no such line. */
  newAfter: number | null;
  /** Older messages exist that are not here: what precedes the first one is not known. */
  hasMoreBefore: boolean;
  numberOf: (message: Message) => number | null;
  /** In a thread: the message that it began with. */
  root?: Message | null;
};

/** The rows of a timeline: its messages in order, then what waits to be sent. One row a message. */
export function buildRows(options: Options): Row[] {
  const { messages, pending, meId, hasMoreBefore, newAfter, numberOf } = options;
  const rows: Row[] = [];
  let before: { authorId: string; createdAt: string; day: string; plain: boolean } | null = null;
  let newSeen = newAfter === null;
  const push = (
    each: { key: string; authorId: string; createdAt: string; plain: boolean; isNew: boolean },
    content: { kind: 'message'; message: Message } | { kind: 'pending'; pending: PendingMessage },
  ) => {
    const day = dayOf(each.createdAt);
    const startsDay = before ? before.day !== day : !hasMoreBefore && !options.root;
    const isFirstNew = each.isNew && !newSeen;
    if (isFirstNew) newSeen = true;
    const grouped =
      before !== null &&
      !startsDay &&
      !isFirstNew &&
      each.plain &&
      before.plain &&
      before.authorId === each.authorId &&
      Date.parse(each.createdAt) - Date.parse(before.createdAt) < groupMs;
    const place = { key: each.key, grouped, day: startsDay ? each.createdAt : null, isFirstNew };
    rows.push({ ...place, isRoot: false, ...content });
    before = { authorId: each.authorId, createdAt: each.createdAt, day, plain: each.plain };
  };
  const { root } = options;
  if (root && !hasMoreBefore) {
    const place = { key: root.nonce ?? root.id, grouped: false, day: null, isFirstNew: false };
    rows.push({ ...place, isRoot: true, kind: 'message', message: root });
  }
  const nonces = new Set<string>();
  for (const message of messages) {
    const number = numberOf(message) ?? 0;
    if (message.nonce !== undefined) nonces.add(message.nonce);
    push(
      {
        key: message.nonce ?? message.id,
        authorId: message.authorId,
        createdAt: message.createdAt,
        plain: message.kind === 'text' && message.deletedAt === null,
        isNew: newAfter !== null && number > newAfter && message.authorId !== meId,
      },
      { kind: 'message', message },
    );
  }
  for (const item of pending) {
    // The server has it already and its row is above.
    if (nonces.has(item.nonce)) continue;
    push(
      { key: item.nonce, authorId: meId, createdAt: item.createdAt, plain: true, isNew: false },
      { kind: 'pending', pending: item },
    );
  }
  return rows;
}

/** Where two lists of rows agree: what was put or taken away before that is a change at the start. */
export type ListChange = { atStart: boolean; firstStep: readonly Row[] };

/**
 * How a virtual list gets from one list of rows to another without moving what is on screen. It can keep its
 * place over a change at the start or at the end, not both at once; so a change at both is made in two steps,
 * and `firstStep` is the list between them.
 */
export function changeBetween(before: readonly Row[], after: readonly Row[]): ListChange {
  const unchanged = { atStart: false, firstStep: after };
  const firstKey = before[0]?.key;
  const afterFirstKey = after[0]?.key;
  if (firstKey === undefined || afterFirstKey === undefined || firstKey === afterFirstKey) {
    return unchanged;
  }
  const places = new Map(after.map((row, index) => [row.key, index]));
  for (let index = before.length - 1; index >= 0; index -= 1) {
    const place = places.get(before[index]?.key ?? '');
    if (place === undefined) continue;
    if (index === before.length - 1) return { atStart: true, firstStep: after.slice(0, place + 1) };
    // Something vanished from the end as well: what is left is kept by its end.
    return { atStart: true, firstStep: [...after.slice(0, place + 1), ...before.slice(index + 1)] };
  }
  return unchanged;
}
