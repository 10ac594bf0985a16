import type { Event } from '@parley/shared/protocol/events.ts';

/** What a node remembers so as not to ask the database again; right as long as it hears of every event. */
export type Remembering = { observe(event: Event): void; clear(): void };

/** Lets everything that a node remembers follow the log, and knows how far it has followed. */
export class NodeMemory {
  readonly #parts: readonly Remembering[];
  /** Before the start nothing is known, which is right at no position. */
  #position = -1;

  constructor(parts: readonly Remembering[]) {
    this.#parts = parts;
  }

  /** Must be told of every event, in order; after a hole everything is forgotten. */
  observe(event: Event): void {
    if (event.position !== this.#position + 1) this.startAt(event.position);
    this.#position = event.position;
    for (const part of this.#parts) part.observe(event);
  }

  /** Forgets everything and follows from this position on. */
  startAt(position: number): void {
    this.#position = position;
    for (const part of this.#parts) part.clear();
  }

  /** Where in the log it stands; below zero before the start. */
  get position(): number {
    return this.#position;
  }

  /** Whether what is remembered is exactly the state at this position of the log. */
  isCurrent(position: number): boolean {
    return this.#position === position;
  }

  /** Whether all that happened up to this position is in what is remembered. */
  hasHeard(position: number): boolean {
    return this.#position >= position;
  }
}
