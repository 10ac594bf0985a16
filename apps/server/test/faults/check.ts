import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { inArray } from 'drizzle-orm';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Event, UnknownEvent } from '@parley/shared/protocol/events.ts';
import type { CommandInput } from '@parley/shared/protocol/commands.ts';
import type { Message } from '@parley/shared/protocol/message.ts';
import { digest, toComparable } from '@parley/shared/state/digest.ts';
import { fromSnapshot, type State } from '@parley/shared/state/state.ts';
import type { Database } from '../../src/database/client.ts';
import { memberships, messages } from '../../src/database/schema.ts';
import { call } from '../server.ts';
import type { Client, Span } from './client.ts';
import { comparableReactions, reactionsOf, type Model, type ModelMessage } from './model.ts';

const answersWithinMs = 20_000;

/** Asks as a client does: again, while the server says that it cannot answer just now. */
const ask: typeof call = async (url, token, name, input) => {
  const latest = performance.now() + answersWithinMs;
  for (;;) {
    try {
      return await call(url, token, name, input);
    } catch (error) {
      const isPassing = error instanceof ParleyError && error.code === 'unavailable';
      if (!isPassing || performance.now() > latest) throw error;
      await delay(200);
    }
  }
};

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
    const page = await ask(url, client.session.accessToken, 'sync.events', { epoch, after });
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
  const snapshot = await ask(url, client.session.accessToken, 'sync.bootstrap', {});
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

type Access = { url: string; token: string; db: Database };
type Line = Pick<CommandInput<'message.history'>, 'channelId' | 'threadRootId'>;

/** A whole timeline or thread, page by page. */
async function readLine({ url, token }: Access, line: Line): Promise<Message[]> {
  const told: Message[] = [];
  for (let after = 0; ;) {
    const page = await ask(url, token, 'message.history', { ...line, after, limit: 200 });
    told.push(...page.messages);
    const last = page.messages.at(-1);
    after = (line.threadRootId === undefined ? last?.number : last?.threadNumber) ?? after;
    if (!page.hasMoreAfter) return told;
  }
}

/** What a message of the model and one of the server have in common. */
function asModelled(message: ModelMessage) {
  const { id, number, threadRootId, threadNumber, replyCount, authorId, text } = message;
  const { isEdited, isDeleted } = message;
  const place = { id, number, threadRootId, threadNumber, replyCount };
  return { ...place, authorId, text, isEdited, isDeleted, reactions: reactionsOf(message) };
}

function asTold(message: Message): ReturnType<typeof asModelled> {
  const { id, number, threadRootId, threadNumber, replyCount, authorId, text } = message;
  const place = { id, number, threadRootId, threadNumber, replyCount };
  const isEdited = message.editedAt !== null;
  const isDeleted = message.deletedAt !== null;
  const reactions = comparableReactions(message.reactions);
  return { ...place, authorId, text, isEdited, isDeleted, reactions };
}

async function checkLine(access: Access, line: Line, messages: ModelMessage[]): Promise<string[]> {
  const actual = (await readLine(access, line)).map(asTold);
  const expected = messages.map(asModelled);
  const what = `the history of ${JSON.stringify(line)} has`;
  if (actual.length !== expected.length) {
    return [`${what} ${actual.length} messages, the model ${expected.length}`];
  }
  const wrong = expected.findIndex((message, index) => !isDeepStrictEqual(message, actual[index]));
  if (wrong === -1) return [];
  return [`${what} ${JSON.stringify(actual[wrong])} instead of ${JSON.stringify(expected[wrong])}`];
}

/** Channels and their threads read as the model says, and the tables hold nothing else. */
export async function checkChannels(
  access: Access,
  channelIds: string[],
  model: Model,
): Promise<string[]> {
  const { db } = access;
  const violations: string[] = [];
  for (const channelId of channelIds) {
    const all = [...model.messages.values()].filter((message) => message.channelId === channelId);
    const timeline = all.filter(({ threadRootId }) => threadRootId === null);
    violations.push(...(await checkLine(access, { channelId }, timeline)));
    for (const { id: threadRootId, repliesEver } of timeline) {
      if (repliesEver === 0) continue;
      const replies = all.filter((message) => message.threadRootId === threadRootId);
      violations.push(...(await checkLine(access, { channelId, threadRootId }, replies)));
    }
    const rows = await db.$count(messages, inArray(messages.channelId, [channelId]));
    if (rows !== all.length) {
      violations.push(`the table has ${rows} messages, the model ${all.length}`);
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
