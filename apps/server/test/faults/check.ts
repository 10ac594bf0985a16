import { isDeepStrictEqual } from 'node:util';
import { inArray } from 'drizzle-orm';
import type { Event, UnknownEvent } from '@parley/shared/protocol/events.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import { digest, toComparable } from '@parley/shared/state/digest.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';
import type { Database } from '../../src/database/client.ts';
import { memberships, messages } from '../../src/database/schema.ts';
import { call } from '../server.ts';
import type { Client, Span } from './client.ts';
import { comparableReactions, reactionsOf, type Model } from './model.ts';

type Hearing = 'must' | 'may' | 'never';

/**
 * Whether a person's client gets an event, given the log's end when its connection was made (null: not known). Up to
 * there it is a catch-up, which tells nothing of conversations that have been left by then, or meanwhile.
 */
export function hearing(
  event: Event,
  who: { userId: string; isGuest: boolean },
  model: Model,
  head: number | null,
): Hearing {
  const { audience, position } = event;
  if (audience === 'everyone') return 'must';
  if (audience === 'members') return who.isGuest ? 'never' : 'must';
  if (audience.startsWith('user:')) return audience === `user:${who.userId}` ? 'must' : 'never';
  const channelId = audience.replace('channel:', '');
  if (!model.isMember(channelId, who.userId, position)) return 'never';
  if (head !== null && position > head) return 'must';
  if (head !== null && !model.isMember(channelId, who.userId, head)) return 'never';
  return model.leavesAfter(channelId, who.userId, head ?? position) ? 'may' : 'must';
}

/** The event as this person may see it: nonces are their authors' own. */
export function seenBy(event: Event, userId: string): UnknownEvent {
  const copy: UnknownEvent = structuredClone(event);
  for (const key of ['message', 'root']) {
    const message = copy.data[key] as { authorId: string; nonce?: string } | undefined;
    if (message && message.authorId !== userId) delete message.nonce;
  }
  return copy;
}

/** The client got exactly its events, each once, as they are in the log. */
export function checkStream(client: Client, log: readonly Event[], model: Model): string[] {
  const violations: string[] = [];
  const who = { userId: client.userId, isGuest: client.session.user.role === 'guest' };
  const received = new Map<number, UnknownEvent>();
  for (const event of client.received) {
    if (received.has(event.position)) violations.push(`took event ${event.position} twice`);
    received.set(event.position, event);
  }
  const spans = new SpanFinder(client.spans);
  for (const event of log) {
    const span = spans.of(event.position);
    const got = received.get(event.position);
    received.delete(event.position);
    if (!span) {
      if (got) violations.push(`took event ${event.position} outside of any batch`);
      continue;
    }
    const expected = hearing(event, who, model, span.head);
    const what = `event ${event.position} (${event.type} for ${event.audience})`;
    if (expected === 'must' && !got) violations.push(`missed ${what}, head ${span.head}`);
    if (expected === 'never' && got) violations.push(`heard ${what}, head ${span.head}`);
    if (got && !isDeepStrictEqual(got, seenBy(event, who.userId))) {
      violations.push(`was told something else than the log says: ${what}`);
    }
  }
  for (const position of received.keys()) violations.push(`got ${position}, not in the log`);
  return violations;
}

/** Finds the batch that brought a position; positions are asked for in ascending order. */
class SpanFinder {
  readonly #spans: readonly Span[];
  #index = 0;

  constructor(spans: readonly Span[]) {
    this.#spans = spans;
  }

  of(position: number): Span | null {
    for (let span = this.#spans[this.#index]; span; span = this.#spans[++this.#index]) {
      if (position <= span.to) return position > span.from ? span : null;
    }
    return null;
  }
}

/** What `sync.events` tells from the start on is what the model says. */
export async function checkServerStream(
  url: string,
  client: Client,
  log: readonly Event[],
  model: Model,
  start: number,
): Promise<string[]> {
  const who = { userId: client.userId, isGuest: client.session.user.role === 'guest' };
  const { epoch } = client.state;
  const told: UnknownEvent[] = [];
  for (let after = start; ;) {
    const page = await call(url, client.session.accessToken, 'sync.events', { epoch, after });
    told.push(...page.events);
    after = page.position;
    if (!page.more) break;
  }
  const head = log.at(-1)?.position ?? start;
  const expected = log
    .filter((event) => hearing(event, who, model, head) === 'must')
    .map((event) => seenBy(event, who.userId));
  const wrong = expected.findIndex((event, index) => !isDeepStrictEqual(event, told[index]));
  if (wrong === -1 && told.length === expected.length) return [];
  return [`sync.events differs from event ${expected[wrong]?.position ?? 'last'} on`];
}

/** What the client's events have made of its snapshot is what a fresh snapshot is. */
export async function checkState(url: string, client: Client): Promise<string[]> {
  const snapshot = await call(url, client.session.accessToken, 'sync.bootstrap', {});
  const fresh = fromSnapshot(snapshot);
  if (digest(client.state) === digest(fresh)) return [];
  return [`holds another state than a fresh snapshot: ${difference(client.state, fresh)}`];
}

function difference(held: State, fresh: State): string {
  const walk = (a: unknown, b: unknown, path: string): string | null => {
    if (isDeepStrictEqual(a, b)) return null;
    if (typeof a === 'object' && typeof b === 'object' && a && b) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        const at = (value: object) => (value as Record<string, unknown>)[key];
        const found = walk(at(a), at(b), `${path}.${key}`);
        if (found !== null) return found;
      }
    }
    return `${path}: ${JSON.stringify(a)} instead of ${JSON.stringify(b)}`;
  };
  return walk(toComparable(held), toComparable(fresh), 'state') ?? 'by position only';
}

/** Channels read as the model says, and the tables hold nothing else. */
export async function checkChannels(
  { url, token, db }: { url: string; token: string; db: Database },
  channelIds: string[],
  model: Model,
): Promise<string[]> {
  const violations: string[] = [];
  for (const channelId of channelIds) {
    const told: Message[] = [];
    for (let after = 0; ;) {
      const page = await call(url, token, 'message.history', { channelId, after, limit: 200 });
      told.push(...page.messages);
      after = page.messages.at(-1)?.number ?? after;
      if (!page.hasMoreAfter) break;
    }
    const actual = told.map((message) => ({
      ...{ id: message.id, number: message.number, authorId: message.authorId },
      ...{ text: message.text, isEdited: message.editedAt !== null },
      ...{
        isDeleted: message.deletedAt !== null,
        reactions: comparableReactions(message.reactions),
      },
    }));
    const expected = [...model.messages.values()]
      .filter((message) => message.channelId === channelId)
      .sort((a, b) => a.number - b.number)
      .map(({ channelId: _, ...message }) => ({
        ...message,
        reactions: reactionsOf({ channelId, ...message }),
      }));
    const wrong = expected.findIndex(
      (message, index) => !isDeepStrictEqual(message, actual[index]),
    );
    if (wrong !== -1) {
      violations.push(
        `history has ${JSON.stringify(actual[wrong])} instead of ${JSON.stringify(expected[wrong])}`,
      );
    }
    const rows = await db.$count(messages, inArray(messages.channelId, [channelId]));
    if (actual.length !== expected.length || rows !== expected.length) {
      violations.push(
        `history has ${actual.length} messages, the table ${rows}, the model ${expected.length}`,
      );
    }
  }
  const rows = await db
    .select()
    .from(memberships)
    .where(inArray(memberships.channelId, channelIds));
  const present = rows.map(({ channelId, userId }) => `${channelId} ${userId}`).sort();
  if (!isDeepStrictEqual(present, model.memberships())) {
    violations.push('the table of memberships is not what the model says');
  }
  return violations;
}
