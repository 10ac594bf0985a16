import type { Id } from '@parley/shared/protocol/ids.ts';
import { placeKey } from '@parley/shared/state/place-key.ts';
import type { Storage } from './storage.ts';
import type { Topic } from './topic.ts';

export type DraftsOptions = {
  storage: Pick<Storage, 'loadDrafts' | 'putDraft'>;
  topic: Topic;
  onTrouble: (trouble: string, error: unknown) => void;
};

/** What the person has begun to write, in each conversation and thread; stored with every change. */
export class Drafts {
  readonly #options: DraftsOptions;
  readonly #texts = new Map<string, string>();

  constructor(options: DraftsOptions) {
    this.#options = options;
  }

  async load(): Promise<void> {
    for (const [key, text] of await this.#options.storage.loadDrafts()) {
      // What was written meanwhile is newer.
      if (!this.#texts.has(key)) this.#texts.set(key, text);
    }
    this.#options.topic.changed();
  }

  get(channelId: Id, threadRootId: Id | null): string {
    this.#options.topic.read();
    return this.#texts.get(placeKey(channelId, threadRootId)) ?? '';
  }

  set(channelId: Id, threadRootId: Id | null, text: string): void {
    const key = placeKey(channelId, threadRootId);
    if ((this.#texts.get(key) ?? '') === text) return;
    this.#texts.set(key, text);
    this.#options.topic.changed();
    this.#options.storage.putDraft(key, text).catch((error: unknown) => {
      this.#options.onTrouble('a draft could not be stored', error);
    });
  }
}
