/**
 * The load generator: numbers every message, knows when it was sent, and checks off each delivery: its latency,
 * whether it is lost, doubled, out of its sender's order, or in another order than other members saw.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { markedText, nextTag, type Sink } from './marker.ts';

/** Lateness of the generator's own timer that is not held against the server, in milliseconds. */
const timerSlackMs = 2;
const maxMessages = 400_000;
const maxPerTick = 2_000;

export type Sender = { send(channel: string, text: string): void };

/** `members`: who receives, by the number that their connection has at the sink. */
export type Room = { channel: string; members: readonly number[]; senders: readonly Sender[] };

export type Outcome = {
  sent: number;
  delivered: number;
  expected: number;
  lost: number;
  doubled: number;
  outOfOrder: number;
  stray: number;
  /** Rooms whose members saw different orders; null where senders do not see their own messages. */
  roomsDisagree: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
};

export class Run {
  readonly sink: Sink;
  readonly rooms: readonly Room[];
  delivered = 0;
  completed = 0;
  onDone: (() => void) | null = null;
  readonly #echo: boolean;
  readonly #tag = nextTag();
  readonly #mostMembers: number;
  readonly #mostSenders: number;
  /** Place of a recipient in a room, at recipient × rooms + room; -1: not a member. */
  readonly #places: Int16Array;
  readonly #lastIndex: Int32Array;
  readonly #orders: Int32Array;
  readonly #sentAt = new Float64Array(maxMessages);
  readonly #roomOf = new Int32Array(maxMessages);
  readonly #senderOf = new Int16Array(maxMessages);
  readonly #missing = new Int32Array(maxMessages);
  /** One bit for each message and member. */
  #seen = new Uint8Array(1 << 20);
  #latencies = new Float32Array(1 << 18);
  #sent = 0;
  #expected = 0;
  #doubled = 0;
  #outOfOrder = 0;
  #stray = 0;

  constructor(sink: Sink, rooms: readonly Room[], options: { echo: boolean }) {
    this.sink = sink;
    this.rooms = rooms;
    this.#echo = options.echo;
    this.#mostMembers = Math.max(...rooms.map((room) => room.members.length));
    this.#mostSenders = Math.max(...rooms.map((room) => room.senders.length));
    const recipients = Math.max(...rooms.flatMap((room) => room.members)) + 1;
    this.#places = new Int16Array(recipients * rooms.length).fill(-1);
    rooms.forEach((room, roomIndex) => {
      room.members.forEach((recipient, place) => {
        this.#places[recipient * rooms.length + roomIndex] = place;
      });
    });
    const slots = rooms.length * this.#mostMembers;
    this.#lastIndex = new Int32Array(slots * this.#mostSenders).fill(-1);
    this.#orders = new Int32Array(slots);
  }

  get isComplete(): boolean {
    return this.delivered >= this.#expected;
  }

  /** Lets the sink tell this run, and no other, what is received. */
  attach(): void {
    this.sink.receive = (recipient, tag, index, at) => {
      if (tag === this.#tag) this.#receive(recipient, index, at);
    };
  }

  detach(): void {
    this.sink.receive = null;
  }

  /** Sends the next message, which was due at `dueAt`. */
  send(roomIndex: number, senderIndex: number, dueAt: number): void {
    const room = this.rooms[roomIndex];
    const sender = room?.senders[senderIndex];
    if (!room || !sender || this.#sent === maxMessages) return;
    const index = this.#sent++;
    const recipients = room.members.length - (this.#echo ? 0 : 1);
    this.#roomOf[index] = roomIndex;
    this.#senderOf[index] = senderIndex;
    this.#missing[index] = recipients;
    this.#expected += recipients;
    const bytes = ((index + 1) * this.#mostMembers + 7) >> 3;
    if (bytes > this.#seen.length) {
      const grown = new Uint8Array(Math.max(this.#seen.length * 2, bytes));
      grown.set(this.#seen);
      this.#seen = grown;
    }
    const now = performance.now();
    this.#sentAt[index] = now - dueAt < timerSlackMs ? now : dueAt;
    sender.send(room.channel, markedText(this.#tag, index));
  }

  #receive(recipient: number, index: number, at: number): void {
    const roomIndex = this.#roomOf[index] ?? 0;
    const place = this.#places[recipient * this.rooms.length + roomIndex] ?? -1;
    if (index >= this.#sent || place < 0) {
      this.#stray += 1;
      return;
    }
    const bit = index * this.#mostMembers + place;
    const byte = this.#seen[bit >> 3] ?? 0;
    if ((byte & (1 << (bit & 7))) !== 0) {
      this.#doubled += 1;
      return;
    }
    this.#seen[bit >> 3] = byte | (1 << (bit & 7));
    this.#noteOrder(roomIndex * this.#mostMembers + place, index);
    this.#noteLatency(at - (this.#sentAt[index] ?? at));
    const missing = (this.#missing[index] ?? 0) - 1;
    this.#missing[index] = missing;
    if (missing > 0) return;
    this.completed += 1;
    this.onDone?.();
  }

  #noteOrder(slot: number, index: number): void {
    const line = slot * this.#mostSenders + (this.#senderOf[index] ?? 0);
    if ((this.#lastIndex[line] ?? -1) > index) this.#outOfOrder += 1;
    else this.#lastIndex[line] = index;
    this.#orders[slot] = (Math.imul(this.#orders[slot] ?? 0, 31) + index + 1) | 0;
  }

  #noteLatency(ms: number): void {
    if (this.delivered === this.#latencies.length) {
      const grown = new Float32Array(this.#latencies.length * 2);
      grown.set(this.#latencies);
      this.#latencies = grown;
    }
    this.#latencies[this.delivered++] = ms;
  }

  /** Waits for what is under way, as long as something still comes. */
  async drain({ stallMs = 5_000, withinMs = 60_000 } = {}): Promise<void> {
    const latest = performance.now() + withinMs;
    let progressAt = performance.now();
    let delivered = this.delivered;
    while (!this.isComplete && performance.now() < latest) {
      await sleep(20);
      if (this.delivered !== delivered) progressAt = performance.now();
      else if (performance.now() - progressAt > stallMs) return;
      delivered = this.delivered;
    }
  }

  #roomsDisagree(): number {
    return this.rooms.filter((room, roomIndex) => {
      const from = roomIndex * this.#mostMembers;
      const orders = this.#orders.subarray(from, from + room.members.length);
      return orders.some((order) => order !== orders[0]);
    }).length;
  }

  outcome(): Outcome {
    const sorted = this.#latencies.slice(0, this.delivered).sort();
    const quantile = (part: number): number | null => {
      const value = sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
      return value === undefined ? null : Math.round(value * 100) / 100;
    };
    return {
      sent: this.#sent,
      delivered: this.delivered,
      expected: this.#expected,
      lost: this.#expected - this.delivered,
      doubled: this.#doubled,
      outOfOrder: this.#outOfOrder,
      stray: this.#stray,
      roomsDisagree: this.#echo ? this.#roomsDisagree() : null,
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
      max: quantile(1),
    };
  }
}

/** Message k is due at start + k / rate, whatever the server does; rooms take turns, and senders in them. */
export async function openLoop(run: Run, ratePerS: number, seconds: number): Promise<void> {
  run.attach();
  const total = Math.max(1, Math.round(ratePerS * seconds));
  const stepMs = 1000 / ratePerS;
  const from = performance.now() + 20;
  for (let index = 0; index < total;) {
    await sleep(1);
    const now = performance.now();
    for (let burst = 0; burst < maxPerTick && index < total; burst += 1) {
      const dueAt = from + index * stepMs;
      if (dueAt > now) break;
      const roomIndex = index % run.rooms.length;
      const senders = run.rooms[roomIndex]?.senders.length ?? 1;
      run.send(roomIndex, Math.floor(index / run.rooms.length) % senders, dueAt);
      index += 1;
    }
  }
  await run.drain();
  run.detach();
}

export type Pace = { deliveries: number; deliveredPerS: number; messagesPerS: number };

/**
 * Keeps `underWay` messages on their way: a message is done when its last recipient has it, and the next is sent.
 * `measure` is called where the measured part begins, and what it gives where it ends.
 */
export async function closedLoop<T>(
  run: Run,
  options: { underWay: number; warmUpS: number; seconds: number },
  measure: () => () => T,
): Promise<Pace & { measured: T }> {
  run.attach();
  let next = 0;
  const turns = new Int32Array(run.rooms.length);
  const fire = () => {
    const roomIndex = next++ % run.rooms.length;
    const turn = turns[roomIndex] ?? 0;
    turns[roomIndex] = turn + 1;
    run.send(roomIndex, turn % (run.rooms[roomIndex]?.senders.length ?? 1), performance.now());
  };
  run.onDone = fire;
  for (let count = 0; count < options.underWay; count += 1) fire();
  await sleep(options.warmUpS * 1000);
  const { delivered, completed } = run;
  const from = performance.now();
  const end = measure();
  await sleep(options.seconds * 1000);
  const deliveries = run.delivered - delivered;
  const messages = run.completed - completed;
  const seconds = (performance.now() - from) / 1000;
  const measured = end();
  run.onDone = null;
  await run.drain();
  run.detach();
  return {
    deliveries,
    deliveredPerS: deliveries / seconds,
    messagesPerS: messages / seconds,
    measured,
  };
}
