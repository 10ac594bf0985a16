import type { Attachment } from 'svelte/attachments';
import { dropped, holdsFiles, type Given } from './intake.ts';

type Options = {
  /** Files may be dropped now. */
  isOpen: () => boolean;
  ondrop: (given: Given) => void;
};

/** Files that are dragged over an element, and dropped there. */
export class FileDrop {
  isOver = $state(false);
  readonly #options: Options;
  /** Each element within is entered and left by itself. */
  #depth = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  readonly watch: Attachment<HTMLElement> = (node) => {
    const listeners = new AbortController();
    const on = (
      type: 'dragenter' | 'dragover' | 'dragleave' | 'drop',
      run: (event: DragEvent) => void,
    ) => {
      const listen = (event: DragEvent) => {
        if (holdsFiles(event.dataTransfer) && this.#options.isOpen()) run(event);
      };
      node.addEventListener(type, listen, { signal: listeners.signal });
    };
    on('dragenter', (event) => {
      event.preventDefault();
      this.#depth += 1;
      this.isOver = true;
    });
    on('dragover', (event) => {
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    });
    on('dragleave', () => {
      this.#depth -= 1;
      if (this.#depth <= 0) this.#end();
    });
    on('drop', (event) => {
      event.preventDefault();
      this.#end();
      if (event.dataTransfer) this.#options.ondrop(dropped(event.dataTransfer));
    });
    return () => {
      listeners.abort();
      this.#end();
    };
  };

  #end(): void {
    this.#depth = 0;
    this.isOver = false;
  }
}

/** Files that are dropped anywhere else would take the page's place. */
export function refuseStrayFiles(event: DragEvent): void {
  if (event.defaultPrevented || !holdsFiles(event.dataTransfer)) return;
  event.preventDefault();
  if (event.dataTransfer) event.dataTransfer.dropEffect = 'none';
}
