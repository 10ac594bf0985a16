import type { Logger } from 'pino';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import type { Event } from '@parley/shared/protocol/events.ts';
import type { Ephemeral, Goodbye } from '@parley/shared/protocol/frames.ts';
import { protocolVersion } from '@parley/shared/protocol/version.ts';
import type { Bus, Hint } from '../bus/bus.ts';
import { AskedTogether, unnoticedMs } from '../database/asked-together.ts';
import type { Database } from '../database/client.ts';
import type { Actor } from '../database/entities/actor.ts';
import type { Live } from '../features/handler.ts';
import { checkCursor, type Cursor } from '../log/cursor.ts';
import { readHead, type Head } from '../log/head.ts';
import { Stands } from '../log/stand.ts';
import { membershipChange } from '../log/stream.ts';
import { Audiences } from './audiences.ts';
import { catchUp } from './catch-up.ts';
import { EventFrame, FrameMaker } from './event-frame.ts';
import { Flusher } from './flusher.ts';
import { JitteredTimers } from './jittered-timers.ts';
import { LogFollower } from './log-follower.ts';
import { PreparedEvent } from './prepared-event.ts';
import { PresenceBoard } from './presence.ts';
import { PresenceExchange } from './presence-exchange.ts';
import { RecentEvents } from './recent-events.ts';
import { isSlow, LiveSession, maxWaitingEvents, type Outlet } from './session.ts';
import { LiveSessions } from './sessions.ts';

export type { Cursor };

/** So long a client may take for a page of what it missed before it counts as slow. */
const catchUpPatienceMs = 30_000;
const heartbeatMs = 25_000;
/** Clients that a shutdown sends away come back spread over this time. */
const shutdownSpreadMs = 3_000;

const slowConsumer: Goodbye = { reason: 'slow_consumer', reconnect: true, retryAfterMs: 500 };

export type HubOptions = {
  db: Database;
  bus: Bus;
  log: Logger;
  serverVersion: string;
  /** Told of every event, in order, before any session is: caches follow the log by this. */
  observe: (event: Event) => void;
  /** The log begins here, at the start or because it is another one now: what caches hold is of an earlier life. */
  startAt: (position: number) => void;
  random?: () => number;
  catchUpPatienceMs?: number;
};

/** A connection from its first moment; `ready` resolves when it has caught up with the log. */
type Connecting = { session: LiveSession; ready: Promise<void> };

/** Gives each connected session its audiences' events, in the order of the log. */
export class Hub {
  readonly #options: HubOptions;
  readonly #random: () => number;
  readonly #follower: LogFollower;
  readonly #timers: JitteredTimers;
  readonly #sessions = new LiveSessions();
  /** Sessions that still read what they missed, with what has happened since they connected. */
  readonly #catchingUp = new Map<LiveSession, PreparedEvent[]>();
  readonly #audiences = new Audiences();
  readonly #recent = new RecentEvents();
  readonly #heads: AskedTogether<null, Head>;
  readonly #stands: Stands;
  readonly #presence: PresenceBoard;
  readonly #exchange: PresenceExchange;
  readonly #flusher: Flusher;
  #unsubscribe: () => void = () => undefined;
  #closed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    this.#timers = new JitteredTimers(this.#random);
    this.#stands = new Stands(options.db);
    this.#heads = new AskedTogether({ most: Infinity, apartMs: unnoticedMs }, async () => {
      const head = await readHead(options.db);
      return () => head;
    });
    this.#follower = new LogFollower({
      db: options.db,
      log: options.log,
      timers: this.#timers,
      deliver: (events) => {
        for (const event of events) this.#deliver(event);
      },
      newLife: () => {
        this.#recent.clear();
        this.#options.startAt(this.#follower.position);
        this.#endAll(() => ({ reason: 'replaced', reconnect: true }));
      },
    });
    this.#flusher = new Flusher({
      position: () => this.#follower.position,
      endSlow: (session) => {
        this.endSlow(session);
      },
    });
    this.#presence = new PresenceBoard(
      (userId, presence, watchers) => {
        for (const session of watchers) this.#tell(session, { type: 'presence', userId, presence });
      },
      (userId) => {
        this.#exchange.saidHere(userId);
      },
    );
    this.#exchange = new PresenceExchange({
      bus: options.bus,
      board: this.#presence,
      timers: this.#timers,
      random: this.#random,
    });
  }

  /** Every session that is connected to this node, for metrics. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /** Events up to here have been handed out by this node. */
  get position(): number {
    return this.#follower.position;
  }

  /** Takes its place at the end of the log and listens for more. */
  async start(): Promise<void> {
    await this.#follower.start();
    this.#options.startAt(this.#follower.position);
    this.#unsubscribe = this.#options.bus.subscribe((hint) => {
      this.#hear(hint);
    });
    this.#exchange.start();
    this.#timers.repeat(heartbeatMs / 5, () => {
      this.#beat();
    });
  }

  /** Sends everybody away and stops listening. */
  close(): void {
    this.#closed = true;
    this.#unsubscribe();
    this.#timers.close();
    this.#follower.close();
    this.#endAll(() => ({
      reason: 'shutdown',
      reconnect: true,
      retryAfterMs: Math.round(this.#random() * shutdownSpreadMs),
    }));
    this.#exchange.close();
  }

  /** Throws `cursor_expired` when a client cannot be resumed from where it stands. */
  async checkCursor(cursor: Cursor): Promise<void> {
    checkCursor(await this.#heads.ask(null), cursor);
  }

  /**
   * Connects a client. With a cursor it first gets every event of its stream since then. The session is heard
   * from this moment: what happens during the catch-up waits behind it, and what it says of itself counts.
   * `ready` rejects with `cursor_expired`, or with `unauthenticated` when the session ended in the meantime.
   */
  connect(actor: Actor, outlet: Outlet, cursor: Cursor | null): Connecting {
    const session = new LiveSession(actor, outlet);
    return { session, ready: this.#begin(session, cursor) };
  }

  async #begin(session: LiveSession, cursor: Cursor | null): Promise<void> {
    const { actor, outlet } = session;
    const excess = this.#sessions.add(session);
    if (excess) this.#end(excess, { reason: 'replaced', reconnect: false });
    this.#catchingUp.set(session, []);
    try {
      if (this.#closed) throw new ParleyError('unavailable', 'The server is shutting down.');
      const { head, viewer } = await this.#stands.of(actor.sessionId);
      if (cursor) checkCursor(head, cursor);
      if (!this.#sessions.has(session)) return;
      session.isGuest = viewer.role === 'guest';
      for (const channelId of viewer.channelIds) session.channelIds.add(channelId);
      session.position = cursor?.after ?? head.position;
      outlet.hello({
        protocol: protocolVersion,
        serverVersion: this.#options.serverVersion,
        epoch: head.epoch,
        position: head.position,
        sessionId: actor.sessionId,
        resumed: cursor !== null,
      });
      await catchUp(session, viewer, head, {
        db: this.#options.db,
        recent: this.#recent,
        isConnected: () => this.#sessions.has(session),
        endSlow: () => {
          this.endSlow(session);
        },
        patienceMs: this.#options.catchUpPatienceMs ?? catchUpPatienceMs,
      });
      if (!this.#sessions.has(session)) return;
      this.#goLive(session, head.position);
    } catch (error) {
      this.disconnect(session);
      throw error;
    }
  }

  /** The connection is gone: nothing more is sent to it. */
  disconnect(session: LiveSession): void {
    if (!this.#sessions.delete(session)) return;
    session.state = 'closed';
    this.#catchingUp.delete(session);
    this.#flusher.forget(session);
    this.#audiences.remove(session);
    this.#presence.remove(session);
  }

  /** Ends a connection that does not take its answers; it may come back. */
  endSlow(session: LiveSession): void {
    this.#end(session, slowConsumer);
  }

  /** What a command may do with the connection that gave it; null: the command came without one. */
  liveFor(actor: Actor | null, session: LiveSession | null): Live {
    const connected = () => (session && session.state !== 'closed' ? session : null);
    return {
      setPresence: (presence) => {
        const speaker = connected();
        if (speaker) this.#presence.set(speaker, presence);
      },
      watchPresence: (userIds) => {
        const watcher = connected();
        if (watcher) return this.#presence.watch(watcher, userIds);
        return userIds.map((userId) => ({ userId, presence: this.#presence.of(userId) }));
      },
      sendEphemeral: (audience, ephemeral) => {
        if (!actor) return;
        const exceptUserId = actor.userId;
        this.#options.bus.publish({ kind: 'ephemeral', audience, ephemeral, exceptUserId });
      },
    };
  }

  /** Hands over what came during the catch-up and from then on delivers as it happens. */
  #goLive(session: LiveSession, caughtUpTo: number): void {
    const waiting = this.#catchingUp.get(session);
    if (!waiting) return;
    this.#catchingUp.delete(session);
    session.state = 'live';
    this.#audiences.add(session);
    for (const prepared of waiting) {
      if (prepared.event.position <= caughtUpTo) continue;
      if (this.#audiences.of(prepared.event.audience).has(session)) session.enqueue(prepared);
      this.#followOne(session, prepared.event);
    }
    this.#flusher.mark(session);
  }

  #hear(hint: Hint): void {
    switch (hint.kind) {
      case 'logged':
        this.#follower.hint(hint.position, hint.events);
        return;
      case 'ephemeral':
        for (const session of this.#audiences.of(hint.audience)) {
          if (session.actor.userId !== hint.exceptUserId) this.#tell(session, hint.ephemeral);
        }
        return;
      default:
        this.#exchange.hear(hint);
    }
  }

  #deliver(event: Event): void {
    this.#options.observe(event);
    const prepared = new PreparedEvent(event);
    this.#recent.add(prepared);
    for (const session of this.#audiences.of(event.audience)) {
      if (session.enqueue(prepared)) this.#flusher.mark(session);
      else this.#end(session, slowConsumer);
    }
    for (const [session, waiting] of this.#catchingUp) {
      waiting.push(prepared);
      session.noteMembership(event);
      if (waiting.length > maxWaitingEvents) this.#end(session, slowConsumer);
    }
    this.#follow(event);
  }

  /** Keeps audiences in step with the event that has just been handed out. */
  #follow(event: Event): void {
    switch (event.type) {
      case 'session.revoked':
        this.#revoke(event, ({ sessionId }) => sessionId === event.data.sessionId);
        return;
      case 'user.deactivated':
        this.#revoke(event, ({ userId }) => userId === event.data.user.id);
        return;
      case 'user.updated':
        for (const session of this.#audiences.ofUser(event.data.user.id)) {
          this.#followOne(session, event);
        }
        return;
      case 'membership.added':
      case 'membership.removed':
        for (const session of this.#audiences.of(event.audience)) this.#followOne(session, event);
        return;
      case 'member.left':
        for (const session of this.#audiences.of(event.audience)) {
          // The guest may know the person from elsewhere too; then the client asks again.
          if (session.isGuest) this.#presence.unwatch(session, event.data.userId);
        }
        return;
      default:
    }
  }

  #followOne(session: LiveSession, event: Event): void {
    if (event.type === 'user.updated' && event.data.user.id === session.actor.userId) {
      this.#audiences.setGuest(session, event.data.user.role === 'guest');
      if (session.isGuest) this.#presence.unwatch(session);
      return;
    }
    if (event.audience !== `user:${session.actor.userId}`) return;
    const change = membershipChange(event);
    if (!change) return;
    if (change.joined) {
      this.#audiences.joinChannel(session, change.channelId);
      return;
    }
    this.#audiences.leaveChannel(session, change.channelId);
    // A guest may have lost sight of people by this; the client asks again for those it still sees.
    if (session.isGuest) this.#presence.unwatch(session);
  }

  #revoke({ position }: Event, concerns: (actor: Actor) => boolean): void {
    for (const session of [...this.#sessions]) {
      if (!concerns(session.actor)) continue;
      // What happened up to the revocation was theirs to see, the revocation itself included.
      if (session.state === 'live') this.#flusher.flushSession(session, new FrameMaker(position));
      this.#end(session, { reason: 'revoked', reconnect: false });
    }
  }

  #endAll(goodbye: () => Goodbye): void {
    for (const session of [...this.#sessions]) this.#end(session, goodbye());
  }

  #end(session: LiveSession, goodbye: Goodbye): void {
    if (!this.#sessions.has(session)) return;
    this.disconnect(session);
    session.outlet.goodbye(goodbye);
  }

  #tell(session: LiveSession, ephemeral: Ephemeral): void {
    if (session.state === 'closed') return;
    session.enqueueEphemeral(ephemeral);
    if (session.state === 'live') this.#flusher.mark(session);
  }

  /** Tells quiet sessions how far the log has come, so that they resume from there and not from long ago. */
  #beat(): void {
    const now = Date.now();
    for (const session of [...this.#sessions]) {
      const due = session.lastSentAt + heartbeatMs * (0.8 + this.#random() * 0.4);
      if (session.state !== 'live' || due > now || this.#flusher.has(session)) continue;
      if (isSlow(session)) {
        this.endSlow(session);
        continue;
      }
      const position = Math.max(this.position, session.position);
      session.send(new EventFrame(session.position, position, []), now);
    }
  }
}
