import type { z } from 'zod';
import type { calls, CallOutput } from '../bridge/bridge.ts';
import type { Account, Settings } from '../bridge/settings.ts';
import type { HandOver, Past } from '../bridge/hand-over.ts';
import type { Accounts } from './accounts.ts';
import type { Answers } from './bridge-host.ts';
import type { Certificates } from './certificates.ts';
import type { Downloads } from './downloads.ts';
import type { Notifications } from './notifications.ts';
import type { Attention } from './power.ts';
import type { ServerNetwork } from './server-network.ts';
import type { SettingsFile } from './settings.ts';
import type { Spelling } from './spelling.ts';
import type { TrayState } from './tray.ts';
import type { UpdateAnswers } from './updates/open-updates.ts';
import type { Vaults } from './vaults.ts';
import type { WindowRelease } from './window-release.ts';

type Info = CallOutput<'app.info'>;
/** What the page wants changed. */
export type SettingsChange = z.output<(typeof calls)['settings.set']['input']>;

/** Whatever has a part in answering the page. */
export type AnswersOptions = {
  info: () => Omit<Info, 'platform'>;
  hasTray: () => Promise<boolean>;
  update: { answers: UpdateAnswers };
  certificates: Certificates;
  network: Pick<ServerNetwork, 'renew'>;
  accounts: Accounts;
  vaults: Pick<Vaults, 'letPrompt'>;
  settings: Pick<SettingsFile, 'get' | 'set'>;
  /** Rejects with what the system refuses; then nothing is changed. */
  changeSettings: (change: SettingsChange) => Promise<Settings>;
  notifications: Notifications;
  attention: Pick<Attention, 'state'>;
  spelling: Pick<Spelling, 'state' | 'forget'>;
  downloads: Pick<Downloads, 'reveal'>;
  release: Pick<WindowRelease, 'keep'>;
  findBlockers: () => Promise<CallOutput<'notification.check'>['blockers']>;
  badge: (state: TrayState) => void;
  /** What main has decided on while there was no page. */
  past: (account: Account) => Past;
  /** The page has stopped and says where. */
  letGo: (handOvers: (HandOver & { account: Account })[]) => void;
  openLink: (url: string) => CallOutput<'link.open'> | Promise<CallOutput<'link.open'>>;
};

/** What the page may ask of the desktop, and who answers. */
export function answersOf(parts: AnswersOptions): Answers {
  const { accounts, attention, certificates, notifications, settings, spelling } = parts;
  return {
    ...parts.update.answers,
    'app.info': () => ({
      ...parts.info(),
      platform:
        process.platform === 'darwin' || process.platform === 'win32' ? process.platform : 'linux',
    }),
    'server.check': ({ server }) => {
      certificates.want(server);
      return accounts.checkServer(server);
    },
    'certificate.refused': ({ server }) => ({ refused: certificates.refused(server) }),
    'certificate.trust': ({ server, fingerprint }) => {
      certificates.trust(server, fingerprint);
      parts.network.renew();
      return {};
    },
    'session.open': async (input) => {
      const access = await accounts.open(input);
      settings.set({ lastServer: access.server });
      return access;
    },
    'session.access': async ({ account, minValidMs }) =>
      account && (await accounts.access(account, minValidMs)),
    'session.close': async ({ account }) => {
      notifications.forget(account);
      await accounts.close(account);
      return {};
    },
    'keyring.unlock': async () => {
      parts.vaults.letPrompt();
      await accounts.settle();
      return {};
    },
    'settings.get': () => settings.get(),
    'settings.set': (change) => parts.changeSettings(change),
    'notification.show': (input) => {
      const { locked } = attention.state();
      return notifications.show(input, { ...settings.get().notify, locked });
    },
    'notification.withdraw': ({ account, messageIds }) => {
      notifications.withdraw(account, messageIds);
      return {};
    },
    'notification.resume': ({ account }) => parts.past(account),
    'notification.takeClick': () => notifications.takeClick(),
    'notification.record': ({ account, hidden }) => {
      for (const each of hidden) notifications.record({ account, ...each, shown: false });
      return {};
    },
    'notification.explain': ({ account, messageId }) => notifications.explain(account, messageId),
    'notification.test': (input) => notifications.test(input),
    'notification.check': async () => ({ blockers: await parts.findBlockers() }),
    'badge.set': (state) => {
      parts.badge(state);
      return {};
    },
    'spelling.get': () => spelling.state(),
    'spelling.forget': ({ word }) => {
      spelling.forget(word);
      return {};
    },
    'tray.find': async () => ({ hasTray: await parts.hasTray() }),
    'window.release': (answer) => {
      if (!answer.may) parts.release.keep();
      else {
        // After the answer has been given back.
        setImmediate(() => {
          parts.letGo(answer.accounts);
        });
      }
      return {};
    },
    'window.state': () => attention.state(),
    'download.reveal': () => {
      parts.downloads.reveal();
      return {};
    },
    'link.open': ({ url }) => parts.openLink(url),
  };
}
