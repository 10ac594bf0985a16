import { z } from 'zod';
import { serverCommands } from '@parley/shared/protocol/commands/server.ts';
import type { Bridge, CallInput, CallOutput, SignalData } from '../../bridge/bridge.ts';
import type { CallName, SignalName } from '../../bridge/names.ts';
import { noUpdate } from '../../bridge/updates.ts';
import { BrowserNotifications } from './browser-notifications.ts';
import { BrowserPresence } from './browser-presence.ts';
import { BrowserSession } from './browser-session.ts';
import { BrowserSettings } from './browser-settings.ts';
import { showBadge } from './favicon.ts';
import { postJson } from './post-json.ts';

type Calls = { [N in CallName]: (input: CallInput<N>) => Promise<CallOutput<N>> };
type Listeners = { [N in SignalName]: Set<(data: SignalData<N>) => void> };

const checkMs = 5_000;

/** The bridge of the web app: what a browser has of the same abilities, on the server that served the page. */
export function createBrowserBridge(launchedAtMs: number): Bridge {
  const listeners: Listeners = {
    'notification.clicked': new Set(),
    'notification.replied': new Set(),
    'notification.markedRead': new Set(),
    'window.changed': new Set(),
    'window.releasing': new Set(),
    'power.resumed': new Set(),
    'session.ended': new Set(),
    'session.keeping': new Set(),
    'certificate.changed': new Set(),
    'settings.changed': new Set(),
    'spelling.changed': new Set(),
    'link.received': new Set(),
    'menu.chosen': new Set(),
    'download.ended': new Set(),
    'update.changed': new Set(),
    'update.flush': new Set(),
  };
  const tell = <N extends SignalName>(name: N, data: SignalData<N>) => {
    for (const listener of [...listeners[name]]) listener(data);
  };

  const session = new BrowserSession((account, reason) =>
    tell('session.ended', { account, reason }),
  );
  const settings = new BrowserSettings((changed) => tell('settings.changed', changed));
  const notifications = new BrowserNotifications((place) => tell('notification.clicked', place));
  const presence = new BrowserPresence({
    onChange: (state) => tell('window.changed', state),
    onResume: () => tell('power.resumed', {}),
  });

  const calls: Calls = {
    'app.info': () =>
      Promise.resolve({
        version: __APP_VERSION__,
        platform: 'web',
        profile: 'default',
        defaultServer: location.origin,
        policy: {
          server: location.origin,
          onlyServer: true,
          openAtLogin: null,
          updateChannel: null,
          certificateExceptions: false,
          certificates: [],
        },
        launchedAtMs,
      }),
    'server.check': async ({ server }) => {
      const answer = await postJson(`${server}/api/v1/server.info`, {}, { deadlineMs: checkMs });
      return serverCommands['server.info'].output.parse(answer);
    },
    'session.open': (input) => session.open(input),
    'session.access': ({ minValidMs }) => session.access(minValidMs),
    'session.close': () => session.close(),
    // A browser decides about certificates itself.
    'certificate.refused': () => Promise.resolve({ refused: null }),
    'certificate.trust': () => Promise.resolve({}),
    // A browser has a keyring of its own.
    'keyring.unlock': () => Promise.resolve({}),
    'settings.get': () => Promise.resolve(settings.get()),
    'settings.set': (change) => Promise.resolve(settings.set(change)),
    'notification.show': (input) =>
      Promise.resolve(notifications.show(input, settings.get().notify)),
    'notification.withdraw': ({ messageIds }) =>
      Promise.resolve(notifications.withdraw(messageIds)),
    // Another page of a browser withdraws nothing of this one's.
    'notification.resume': () => Promise.resolve({ through: null, shown: [], waiting: [] }),
    'notification.takeClick': () => Promise.resolve(notifications.takeClick()),
    'notification.record': ({ account, hidden }) => {
      for (const each of hidden) notifications.record({ account, ...each, shown: false });
      return Promise.resolve({});
    },
    'notification.explain': ({ messageId }) => Promise.resolve(notifications.explain(messageId)),
    'notification.test': (input) => Promise.resolve(notifications.test(input)),
    'notification.check': () => Promise.resolve({ blockers: notifications.blockers() }),
    'badge.set': (badge) => Promise.resolve(showBadge(badge)),
    // A browser checks by itself, in the languages of its own settings.
    'spelling.get': () =>
      Promise.resolve({ canChoose: false, available: [], chosen: [], missing: [], words: [] }),
    'spelling.forget': () => Promise.resolve({}),
    // Nobody asks a page in a browser to go.
    'window.release': () => Promise.resolve({}),
    'window.state': () => Promise.resolve(presence.state()),
    'tray.find': () => Promise.resolve({ hasTray: false }),
    'link.open': ({ url }) => Promise.resolve({ opened: openLink(url) }),
    // Where a browser keeps what it downloads is its own affair.
    'download.reveal': () => Promise.resolve({}),
    'app.rendered': () => Promise.resolve({}),
    // The server hands out the page: whoever reloads it has the newest.
    'update.state': () => Promise.resolve(noUpdate),
    'update.check': () => Promise.resolve(noUpdate),
    'update.restart': () => Promise.resolve({}),
    'update.flushed': () => Promise.resolve({}),
  };

  return {
    kind: 'browser',
    call: (name, input) => calls[name](input),
    on: (name, listener) => {
      listeners[name].add(listener);
      return () => listeners[name].delete(listener);
    },
  };
}

const WebLink = z.url({ protocol: /^(?:https?|mailto)$/ });

/** Opens a link in a tab that knows nothing of this one. */
function openLink(url: string): boolean {
  if (!WebLink.safeParse(url).success) return false;
  // With `noopener` the answer is always null, whether or not it opened.
  window.open(url, '_blank', 'noopener,noreferrer');
  return true;
}
