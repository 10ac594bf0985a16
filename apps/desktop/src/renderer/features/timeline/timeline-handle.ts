/** What the app around a timeline may ask of it. */
export type TimelineHandle = {
  /** Opens one's own last message for editing. Answers whether there is one. */
  editLast: () => boolean;
  /** Everything here is read: the line goes. */
  markRead: () => void;
  /** Leads to the message with this number. */
  leadTo: (number: number) => void;
  /** The element that the messages are shown in; undefined while there are none. */
  scroller: () => HTMLElement | undefined;
};
