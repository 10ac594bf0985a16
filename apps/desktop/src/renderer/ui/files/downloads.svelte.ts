import { SvelteMap } from 'svelte/reactivity';
import { partDone } from './progress.ts';

type Named = { id: string; name: string; bytes: number };

export type DownloadsOptions = {
  /** The bytes of a file; tells how many there are so far, and ends when it is called off. */
  fetch: (
    fileId: string,
    watch: { signal: AbortSignal; onBytes: (soFar: number) => void },
  ) => Promise<Blob>;
  /** Keeps the bytes in a file of this name. */
  keep: (blob: Blob, name: string) => void;
  onFailed: (file: Named, error: unknown) => void;
};

/** How much of a file is here, in whole hundredths: what shows it is not drawn anew for each part that comes. */
type UnderWay = { part: number; controller: AbortController };

/** Files on their way to the person's disk, each once at a time. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #underWay = new SvelteMap<string, UnderWay>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /** Nothing is on its way: a page that ends would take it along. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  /** How much of the file is here, from 0 to 1; null while it is not on its way. */
  partOf(fileId: string): number | null {
    return this.#underWay.get(fileId)?.part ?? null;
  }

  /** Fetches the file whole and keeps it. Resolves when that is over, one way or the other. */
  async save(file: Named): Promise<void> {
    const { id, name, bytes } = file;
    if (this.#underWay.has(id)) return;
    const controller = new AbortController();
    const { signal } = controller;
    this.#underWay.set(id, { part: 0, controller });
    const onBytes = (soFar: number) => {
      const part = Math.floor(partDone(bytes, soFar) * 100) / 100;
      if (!signal.aborted && part !== this.partOf(id)) this.#underWay.set(id, { part, controller });
    };
    try {
      const blob = await this.#options.fetch(id, { signal, onBytes });
      if (!signal.aborted) this.#options.keep(blob, name);
    } catch (error) {
      if (!signal.aborted) this.#options.onFailed(file, error);
    } finally {
      if (!signal.aborted) this.#underWay.delete(id);
    }
  }

  /** Ends a download at once; nothing of it is kept. */
  cancel(fileId: string): void {
    this.#underWay.get(fileId)?.controller.abort();
    this.#underWay.delete(fileId);
  }

  /** One after the other, in their order. */
  async saveAll(files: readonly Named[]): Promise<void> {
    for (const file of files) await this.save(file);
  }
}
