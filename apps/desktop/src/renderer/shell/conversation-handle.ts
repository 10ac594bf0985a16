/** What the app around a conversation may ask of it. */
export type ConversationHandle = {
  focusComposer: () => void;
  markRead: () => void;
  /** Shows the bar that finds within the conversation. */
  find: () => void;
  /** Takes that bar away. Answers whether it was there. */
  endFind: () => boolean;
};
