import type { Given } from './files/intake.ts';
import type { Selected } from './formatting.ts';

/** A change of what is selected, such as one of the toolbar. */
export type Change = (selected: Selected) => Selected;

/** What stands around a composer may ask of it. */
export type ComposerHandle = {
  focus: () => void;
  take: (given: Given) => Promise<void>;
};

/** What stands around a text field may ask of it. */
export type EditorHandle = {
  focus: () => void;
  /** Puts a text in at the caret. */
  insert: (text: string) => void;
  edit: (change: Change) => void;
};
