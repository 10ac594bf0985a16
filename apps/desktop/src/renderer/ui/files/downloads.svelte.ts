import { SvelteSet } from 'svelte/reactivity';

type Named = { id: string; name: string };

export type DownloadsOptions = {
  fetch: (fileId: string) => Promise<Blob>;
  /** Keeps the bytes in a file of this name. */
  keep: (blob: Blob, name: string) => void;
  onFailed: (file: Named, error: unknown) => void;
};

/** Files on their way to the person's disk, each once at a time. */
export class Downloads {
  readonly #options: DownloadsOptions;
  readonly #underWay = new SvelteSet<string>();

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /** Nothing is on its way: a page that ends would take it along. */
  get isIdle(): boolean {
    return this.#underWay.size === 0;
  }

  isUnderWay(fileId: string): boolean {
    return this.#underWay.has(fileId);
  }

  /** Fetches the file whole and keeps it. Resolves when that is over, one way or the other. */
  async save({ id, name }: Named): Promise<void> {
    if (this.#underWay.has(id)) return;
    this.#underWay.add(id);
    try {
      this.#options.keep(await this.#options.fetch(id), name);
    } catch (error) {
      this.#options.onFailed({ id, name }, error);
    } finally {
      this.#underWay.delete(id);
    }
  }

  /** One after the other, in their order. */
  async saveAll(files: readonly Named[]): Promise<void> {
    for (const file of files) await this.save(file);
  }
}
