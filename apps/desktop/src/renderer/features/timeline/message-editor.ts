import type { Snippet } from 'svelte';

/** What a message is edited in, made by whatever is around the timeline. */
export type MessageEditor = Snippet<
  [
    {
      text: string;
      /** There are files beside the words. */
      mayBeEmpty: boolean;
      save: (text: string) => void;
      cancel: () => void;
    },
  ]
>;
