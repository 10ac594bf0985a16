import { setTimeout as delay } from 'node:timers/promises';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Database } from '../database/client.ts';
import { checkCursor } from '../log/cursor.ts';
import { logIn } from '../log/event-source.ts';
import { readHead, type Head } from '../log/head.ts';
import { StreamReader, type Viewer } from '../log/stream.ts';
import { EventFrame } from './event-frame.ts';
import { pieces } from './pieces.ts';
import { PreparedEvent } from './prepared-event.ts';
import type { RecentEvents } from './recent-events.ts';
import { maxBufferedBytes, type LiveSession } from './session.ts';

const catchUpPage = 500;

export type CatchUpOptions = {
  db: Database;
  recent: RecentEvents;
  /** False as soon as the session has ended; then nothing more is read or sent. */
  isConnected: () => boolean;
  /** Told when the client does not take what it is sent: its connection must end. */
  endSlow: () => void;
  /** So long a client may take for a part of what it missed, in milliseconds. */
  patienceMs: number;
};

/**
 * Sends a session what its stream had from where it stands up to `head`, at the client's pace. Resolves when all
 * was sent or the session has ended. Rejects with `cursor_expired` when the log was pruned meanwhile.
 */
export async function catchUp(
  session: LiveSession,
  viewer: Viewer,
  { position, epoch }: Head,
  options: CatchUpOptions,
): Promise<void> {
  if (session.position >= position) return;
  const { db, isConnected } = options;
  const range = { after: session.position, through: position };
  const recent = options.recent.within(range);
  const prepare = (event: Event) => recent?.prepared(event) ?? new PreparedEvent(event);
  const reader = await StreamReader.open(recent ?? logIn(db), viewer, range);
  for (;;) {
    const page = await reader.next(catchUpPage);
    // Read after the page: when the log was pruned meanwhile, events may be missing from it.
    if (!recent) checkCursor(await readHead(db), { after: page.after, epoch });
    const all = page.events.map((event) => prepare(event).for(session.actor.userId));
    for (const piece of pieces(all, page.position)) {
      if (!isConnected()) return;
      for (const channelId of session.leftWhileCatchingUp) reader.silence(channelId);
      const versions = piece.versions.filter(({ event }) => !session.hasLeft(event.audience));
      session.send(new EventFrame(session.position, piece.position, versions), Date.now());
      await untilTaken(session, options);
    }
    if (page.done || !isConnected()) return;
  }
}

/** Waits until the client has taken most of what it was sent, so that a long catch-up goes at its pace. */
async function untilTaken(
  { outlet }: LiveSession,
  { isConnected, endSlow, patienceMs }: CatchUpOptions,
): Promise<void> {
  const latest = performance.now() + patienceMs;
  while (isConnected() && outlet.bufferedBytes() > maxBufferedBytes / 4) {
    if (performance.now() > latest) endSlow();
    else await delay(10);
  }
}
