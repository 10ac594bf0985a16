/** What main and the page both say: in the menus of the system, and in the page's own. */
export const words = {
  newMessage: 'New message',
  addWorkspace: 'Add a workspace',
  preferences: 'Preferences',
  keyboardShortcuts: 'Keyboard shortcuts',
  /** What a key does, wherever the focus is. */
  shortcuts: {
    switcher: 'Quick switcher',
    search: 'Search messages',
    find: 'Find in this conversation',
    back: 'Back',
    forward: 'Forward',
    previous: 'Conversation above',
    next: 'Conversation below',
    previousUnread: 'Unread conversation above',
    nextUnread: 'Unread conversation below',
    markRead: 'Mark as read, close what is open',
    workspace: (place: string) => `Workspace ${place}`,
  },
  pause: {
    title: 'Pause notifications',
    resume: 'Resume notifications',
    halfHour: 'For 30 minutes',
    hour: 'For 1 hour',
    tomorrow: 'Until tomorrow, 8 in the morning',
  },
} as const;
