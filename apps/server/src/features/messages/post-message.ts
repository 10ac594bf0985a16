import { v7 as uuidv7 } from 'uuid';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { NewEvent } from '@parley/shared/protocol/events.ts';
import type { Id } from '@parley/shared/protocol/ids.ts';
import type { Mentions } from '@parley/shared/protocol/message.ts';
import type { Database } from '../../database/client.ts';
import { toMessage, type MessageRow } from '../../database/entities/message.ts';
import type { Known } from '../../database/entities/known-channels.ts';
import type { Place } from '../../database/entities/membership.ts';
import { preparedOn } from '../../database/prepared.ts';
import { assertMayPost, joinedToKnown } from '../channels/rules.ts';
import { NamedFiles } from '../files/queries.ts';
import {
  groupedWrite,
  type ByHeart,
  type GroupContext,
  type GroupRequest,
  type HeartContext,
  type Services,
  type WriteResult,
} from '../handler.ts';
import { insertMentions } from './named-mentions.ts';
import { keyOf } from './post-key.ts';
import { mentionColumns, mentionsWithoutNames, requestHashOf, resolveMentions } from './queries.ts';
import { repeatedPosts, repeatOf } from './repeated-posts.ts';
import { Roots } from './roots.ts';
import { postStatements } from './write-posts.ts';

type Request = GroupRequest<'message.post'>;
type Outcome = WriteResult<'message.post'> | ParleyError;

/** Posts messages, each once for each nonce of its author. */
export const postMessage = groupedWrite('message.post', runGroup, { learn, plan });

async function runGroup(context: GroupContext, requests: Request[]): Promise<Outcome[]> {
  const { tx, services, isCurrent, expectsRepeats } = context;
  const places = requests.map(placeOf);
  const fileIds = requests.flatMap(({ input }) => input.fileIds ?? []);
  // Somebody who is alone may look at once: it costs nobody else anything. And the files of a repetition are taken.
  const looksForRepeats = expectsRepeats || requests.length === 1 || fileIds.length > 0;
  const [known, repeated, roots, files, mentions] = await Promise.all([
    services.knownChannels.look(tx, places, isCurrent),
    looksForRepeats ? repeatedPosts(tx, requests) : null,
    Roots.read(tx, requests),
    NamedFiles.read(tx, fileIds),
    Promise.all(requests.map(({ input }) => resolveMentions(tx, input.channelId, input.text))),
  ]);
  const group = new PostGroup(context.nextPosition, { known, roots, files });
  const outcomes: Outcome[] = [];
  for (const [index, request] of requests.entries()) {
    const { actor, input } = request;
    const before = repeated?.get(keyOf(actor.userId, input.nonce));
    const again = group.postedAs(keyOf(actor.userId, input.nonce));
    const message = mentions[index];
    if (!message) throw new Error('a message without its mentions');
    const first = before ?? again;
    outcomes.push(
      first
        ? await repeatOf(tx, actor, input, first).catch(refusal)
        : orRefusal(() => group.post(request, message)),
    );
  }
  await Promise.all([
    ...postStatements(preparedOn(tx), group.rows, roots.changed()),
    insertMentions(tx, group.rows),
    ...files.attachments(preparedOn(tx)),
  ]);
  return outcomes;
}

/**
 * Whom a message mentions that answers and names nobody and has no files: it needs nothing from the database. Null for
 * any other.
 */
function plainMentions({ input }: Request): Mentions | null {
  const { text, threadRootId, fileIds = [] } = input;
  return threadRootId === undefined && fileIds.length === 0 ? mentionsWithoutNames(text) : null;
}

async function learn(
  { db, services }: { db: Database; services: Services },
  requests: Request[],
): Promise<boolean> {
  const places = requests.map(placeOf);
  // What is known is asked first: it costs less than to read the texts.
  if (services.knownChannels.recall(places) || !requests.every(plainMentions)) return false;
  await services.knownChannels.look(db, places, true);
  return true;
}

function plan(
  { services, nextPosition }: HeartContext,
  requests: Request[],
): ByHeart<'message.post'> | null {
  const nonces = new Set(requests.map(({ actor, input }) => keyOf(actor.userId, input.nonce)));
  if (nonces.size < requests.length) return null;
  const known = services.knownChannels.recall(requests.map(placeOf));
  if (!known) return null;
  const [roots, files] = [new Roots(), new NamedFiles()];
  const group = new PostGroup(nextPosition, { known, roots, files });
  const outcomes: Outcome[] = [];
  for (const request of requests) {
    const mentions = plainMentions(request);
    if (!mentions) return null;
    outcomes.push(orRefusal(() => group.post(request, mentions)));
  }
  return { outcomes, statements: (sql) => postStatements(sql, group.rows, []) };
}

function placeOf({ actor, input }: Request): Place {
  return { channelId: input.channelId, userId: actor.userId };
}

function orRefusal(work: () => Outcome): Outcome {
  try {
    return work();
  } catch (error) {
    return refusal(error);
  }
}

/** What a request alone is told; anything else fails the group. */
function refusal(error: unknown): ParleyError {
  if (error instanceof ParleyError) return error;
  throw error;
}

/** What is known of the places that messages are posted to, and of what they take along. */
type Surroundings = { known: Known; roots: Roots; files: NamedFiles };

/** Messages that are posted together, in their order. */
class PostGroup {
  readonly rows: MessageRow[] = [];
  readonly #known: Known;
  readonly #roots: Roots;
  readonly #files: NamedFiles;
  readonly #byKey = new Map<string, MessageRow>();
  readonly #counts = new Map<Id, number>();
  #nextPosition: number;

  constructor(nextPosition: number, { known, roots, files }: Surroundings) {
    this.#known = known;
    this.#roots = roots;
    this.#files = files;
    this.#nextPosition = nextPosition;
  }

  postedAs(key: string): MessageRow | undefined {
    return this.#byKey.get(key);
  }

  post({ actor, input, now }: Request, mentions: Mentions): WriteResult<'message.post'> {
    const { channelId, nonce, text, threadRootId, alsoToChannel, fileIds = [] } = input;
    const channel = this.#known.channel(channelId);
    const membership = this.#known.membership({ channelId, userId: actor.userId });
    const joined = joinedToKnown(actor, channel, membership);
    if (alsoToChannel && threadRootId === undefined) {
      throw new ParleyError(
        'invalid_input',
        'alsoToChannel: only a reply can go to the channel too.',
      );
    }
    const inThreadOnly = threadRootId !== undefined && !alsoToChannel;
    assertMayPost(actor, joined, { inThreadOnly });
    const root = threadRootId === undefined ? null : this.#roots.find(channelId, threadRootId);
    const id = uuidv7();
    const files = this.#files.attach(actor.userId, fileIds, { id, channelId });
    const number = inThreadOnly ? null : this.#takeNumber(channelId);
    const position = this.#nextPosition;
    const row: MessageRow = {
      id,
      channelId,
      number,
      authorId: actor.userId,
      kind: 'text',
      text,
      files,
      nonce,
      requestHash: requestHashOf(input),
      postedPosition: position,
      threadRootId: root?.row.id ?? null,
      threadNumber: root ? root.row.threadCount + 1 : null,
      replyCount: 0,
      threadCount: 0,
      lastReplyAt: null,
      replyUserIds: [],
      createdAt: now,
      editedAt: null,
      deletedAt: null,
      pinnedAt: null,
      pinnedBy: null,
      ...mentionColumns(mentions),
    };
    this.rows.push(row);
    this.#byKey.set(keyOf(actor.userId, nonce), row);
    const message = toMessage(row, []);
    const events: NewEvent[] = [
      { audience: `channel:${channelId}`, type: 'message.posted', data: { message } },
    ];
    if (root) events.push(this.#roots.reply(root, row));
    this.#nextPosition += events.length;
    return { output: { message, position }, events };
  }

  #takeNumber(channelId: Id): number {
    const count = this.#counts.get(channelId) ?? this.#known.channel(channelId)?.messageCount ?? 0;
    this.#counts.set(channelId, count + 1);
    return count + 1;
  }
}
