/** All that the preload needs to know: which names may cross, and on which channels of Electron's IPC. */
export const callNames = [
  'app.info',
  'server.check',
  'session.open',
  'session.access',
  'session.close',
  'certificate.refused',
  'certificate.trust',
  'keyring.unlock',
  'settings.get',
  'settings.set',
  'notification.show',
  'notification.withdraw',
  'notification.resume',
  'notification.takeClick',
  'notification.record',
  'notification.explain',
  'notification.test',
  'notification.check',
  'badge.set',
  'spelling.get',
  'spelling.forget',
  'window.release',
  'window.state',
  'tray.find',
  'link.open',
  'download.reveal',
  'app.rendered',
  'update.state',
  'update.check',
  'update.restart',
  'update.flushed',
] as const;
export type CallName = (typeof callNames)[number];

export const signalNames = [
  'notification.clicked',
  'notification.replied',
  'notification.markedRead',
  'window.changed',
  'window.releasing',
  'power.resumed',
  'session.ended',
  'session.keeping',
  'certificate.changed',
  'settings.changed',
  'spelling.changed',
  'link.received',
  'menu.chosen',
  'download.ended',
  'update.changed',
  'update.flush',
] as const;
/** Signals that wait for a page that is still starting: it asks for nothing that it would miss. */
export const waitingSignalNames = [
  'link.received',
  'menu.chosen',
  'notification.replied',
  'notification.markedRead',
] as const satisfies SignalName[];
export type SignalName = (typeof signalNames)[number];

export const callChannel = 'parley:call';
export const signalChannel = 'parley:signal';
