import type { CommandOutput, ParsedInput } from '@parley/shared/protocol/commands.ts';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { digest } from '@parley/shared/state/digest.ts';
import { fromSnapshot } from '@parley/shared/state/state.ts';
import type { Transaction } from '../database/client.ts';
import { read, type Actor } from '../features/handler.ts';
import { atOneMoment, bootstrap } from '../log/bootstrap.ts';
import { checkCursor } from '../log/cursor.ts';
import { logIn } from '../log/event-source.ts';
import { readHead } from '../log/head.ts';
import { loadViewer, StreamReader } from '../log/stream.ts';
import { eventForReader } from '../live/prepared-event.ts';

/** One consistent snapshot. */
export const syncBootstrap = read('sync.bootstrap', ({ db, actor }) =>
  atOneMoment(db, (tx) => bootstrap(tx, actor.userId)),
);

/** The events of the actor's stream after a position. */
export const syncEvents = read('sync.events', ({ db, actor }, { epoch, after, limit }) =>
  atOneMoment(db, async (tx) => {
    const head = await readHead(tx);
    checkCursor(head, { after, epoch });
    const viewer = await loadViewer(tx, actor.userId);
    if (!viewer) throw new ParleyError('unauthenticated', 'This account does not exist.');
    const reader = await StreamReader.open(logIn(tx), viewer, { after, through: head.position });
    const page = await reader.next(limit);
    const events = page.events.map((event) => eventForReader(event, actor.userId));
    return { after: page.after, position: page.position, events, more: !page.done };
  }),
);

/** Compares what a client holds with what it should hold. */
export const syncVerify = read('sync.verify', async ({ db, actor, services }, input) => {
  const output = await atOneMoment(db, (tx) => compare(tx, actor, input));
  services.verified(!output.compared ? 'not_compared' : output.ok ? 'same' : 'repaired');
  if (!output.ok) {
    const facts = { actorId: actor.userId, position: input.position };
    services.log.warn(facts, 'a client held something else than it should, and was repaired');
  }
  return output;
});

async function compare(
  tx: Transaction,
  actor: Actor,
  { position, digest: theirs }: ParsedInput<'sync.verify'>,
): Promise<CommandOutput<'sync.verify'>> {
  const head = await readHead(tx);
  if (position < head.prunedThrough || position > head.position) {
    return { ok: true, compared: false };
  }
  const viewer = await loadViewer(tx, actor.userId);
  if (!viewer) throw new ParleyError('unauthenticated', 'This account does not exist.');
  const range = { after: position, through: head.position };
  const since = await (await StreamReader.open(logIn(tx), viewer, range)).next(1);
  if (since.events.length > 0 || !since.done) return { ok: true, compared: false };
  const snapshot = await bootstrap(tx, actor.userId);
  if (digest(fromSnapshot(snapshot)) === theirs) return { ok: true, compared: true };
  return { ok: false, compared: true, repairs: snapshot };
}
