import type { Attention } from '@parley/shared/notifications/decide.ts';

/** Somebody is at the computer and looks at something else. */
export const lookingAway: Attention = {
  focused: false,
  idle: false,
  locked: false,
  openChannelId: null,
  openThreadRootId: null,
};
