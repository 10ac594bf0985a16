/** What the app around a timeline may ask of it. */
export type TimelineHandle = {
  /** Opens one's own last message for editing. Answers whether there is one. */
  editLast: () => boolean;
  /** Everything here is read: the line goes. */
  markRead: () => void;
};
