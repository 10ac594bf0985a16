import type { LucideIcon } from '@lucide/svelte';

/** A line of a menu. */
export type MenuEntry =
  | {
      kind: 'item';
      label: string;
      icon?: LucideIcon;
      keys?: string;
      danger?: boolean;
      disabled?: boolean;
      /** Shows a tick in front of the chosen one of several. */
      checked?: boolean;
      run: () => void;
    }
  | { kind: 'heading'; label: string }
  | { kind: 'line' };
