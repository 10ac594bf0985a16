/**
 * How a message is recognised in raw bytes, whatever the protocol around it: its text begins with `~#`, three
 * digits of its run's tag and eight of its number in the run.
 */
const markerLength = 13;
const textLength = 120;
const filling =
  ' the quick brown fox jumps over the lazy dog and then writes it all down for the rest of the team to read now';

const tilde = 0x7e;
const hash = 0x23;
const zero = 0x30;

const inMarker = new Uint8Array(256);
for (const character of '~#0123456789') inMarker[character.charCodeAt(0)] = 1;

let lastTag = Math.floor(Math.random() * 1000);

/** Tells one run's messages from those of the runs before it. */
export function nextTag(): number {
  lastTag = (lastTag + 1) % 1000;
  return lastTag;
}

/** The text of a message: 120 characters. */
export function markedText(tag: number, index: number): string {
  const marker = `~#${String(tag).padStart(3, '0')}${String(index).padStart(8, '0')}`;
  return marker + filling.slice(0, textLength - markerLength);
}

/** Told of each marker found: who received it, the run's tag, the message's number, when. */
export type Receiver = (recipient: number, tag: number, index: number, at: number) => void;

/** Where all connections bring what they receive. */
export class Sink {
  receive: Receiver | null = null;
  /** Posts that the server has neither accepted nor refused yet, where it says. */
  unanswered = 0;
  /** Posts that it has refused. */
  refused = 0;
  /** What went wrong that no reply could tell: refused posts, lost connections. Each with how often. */
  readonly #faults = new Map<string, number>();

  /** Looks at the bytes from `start` to `end` for markers. */
  scan(recipient: number, bytes: Buffer, start: number, end: number): void {
    if (this.receive === null) return;
    let now = 0;
    // Each marker covers one of the bytes that are looked at, for they are 13 apart.
    for (let at = start + markerLength - 1; at < end; at += markerLength) {
      if (inMarker[bytes[at] ?? 0] === 0) continue;
      const begin = markerAround(bytes, at, start);
      if (begin < 0) continue;
      if (begin + markerLength > end) return;
      if (now === 0) now = performance.now();
      this.receive(recipient, digits(bytes, begin + 2, 3), digits(bytes, begin + 5, 8), now);
      at = begin + markerLength - 1;
    }
  }

  fault(what: string): void {
    this.#faults.set(what, (this.#faults.get(what) ?? 0) + 1);
  }

  /** The faults so far as lines, leaving none. */
  takeFaults(): string[] {
    const lines = [...this.#faults].map(([what, times]) => `${what} (${times} times)`);
    this.#faults.clear();
    if (this.unanswered > 0) lines.push(`${this.unanswered} posts were not answered`);
    return lines;
  }
}

/** Where the marker begins that the byte may lie in, or -1. */
function markerAround(bytes: Buffer, at: number, start: number): number {
  const lowest = Math.max(start, at - markerLength + 1);
  for (let begin = at; begin >= lowest; begin -= 1) {
    if (bytes[begin] === tilde) return bytes[begin + 1] === hash ? begin : -1;
  }
  return -1;
}

function digits(bytes: Buffer, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) value = value * 10 + (bytes[at] ?? zero) - zero;
  return value;
}

/** Bytes at the end of a chunk in which a marker may have begun that the next chunk completes; -1: none. */
export function beginningOfMarker(bytes: Buffer, length: number): number {
  for (let at = Math.max(0, length - markerLength + 1); at < length; at += 1) {
    if (bytes[at] === tilde) return at;
  }
  return -1;
}
