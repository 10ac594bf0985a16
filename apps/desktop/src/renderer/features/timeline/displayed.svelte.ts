import { tick } from 'svelte';
import { changeBetween, type Row } from './rows.ts';

/** The rows that the virtual list has, and how it has to take the change to them. */
export class Displayed {
  rows = $state.raw<readonly Row[]>([]);
  /** Rows were put or taken away at the start: the list keeps its place by its end. */
  shift = $state(false);
  #wanted: readonly Row[] = [];

  /** Shows these rows, in two steps where they change at both ends. */
  show(next: readonly Row[]): void {
    this.#wanted = next;
    // A step is under way; it takes up what is wanted when it is done.
    if (!this.shift) this.#step();
  }

  #step(): void {
    const { atStart, firstStep } = changeBetween(this.rows, this.#wanted);
    this.shift = atStart;
    this.rows = firstStep;
    if (!atStart) return;
    void tick().then(() => {
      this.shift = false;
      if (this.rows !== this.#wanted) this.#step();
    });
  }
}
