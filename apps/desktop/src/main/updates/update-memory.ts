import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { Version } from '@parley/shared/updates/version.ts';

const Installation = z.uuid();

/** A store that keeps what it is given. What cannot be read is as if it had never been there. */
export type UpdateStore = {
  get(key: 'installation' | 'failedVersion' | 'startHidden'): unknown;
  set(key: 'installation' | 'failedVersion', value: string): void;
  set(key: 'startHidden', value: boolean): void;
};

/** What is to be known of updates over restarts, besides a trial that is under way. */
export class UpdateMemory {
  readonly #store: UpdateStore;

  constructor(store: UpdateStore) {
    this.#store = store;
  }

  /** A random number of this installation, made at the first question. */
  get installation(): string {
    const known = Installation.safeParse(this.#store.get('installation')).data;
    if (known !== undefined) return known;
    const made = randomUUID();
    this.#store.set('installation', made);
    return made;
  }

  /** The last version that was put in place and did not start. */
  get failedVersion(): Version | null {
    return Version.safeParse(this.#store.get('failedVersion')).data ?? null;
  }

  keepFailed(version: Version): void {
    this.#store.set('failedVersion', version);
  }

  /** Whether the start after this one shows no window. */
  startHidden(hidden: boolean): void {
    this.#store.set('startHidden', hidden);
  }

  /** Whether this start is to show none; the next one is as usual. */
  takeStartHidden(): boolean {
    const hidden = this.#store.get('startHidden') === true;
    if (hidden) this.#store.set('startHidden', false);
    return hidden;
  }
}
