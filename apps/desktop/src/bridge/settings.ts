import { z } from 'zod';
import { Id } from '@parley/shared/protocol/ids.ts';
import { UpdateChannel } from '@parley/shared/updates/manifest.ts';

/** Where a server is: an http or https address without path, such as `https://chat.example.com`. */
export const ServerAddress = z
  .url({ protocol: /^https?$/ })
  .max(300)
  .transform((text) => new URL(text).origin);

/** An account on a server. Servers give ids of their own making: only both together name somebody. */
export const Account = z.strictObject({ server: ServerAddress, userId: Id });
export type Account = z.infer<typeof Account>;

/** One text for an account, to keep things by. */
export function keyOf({ server, userId }: Account): string {
  return `${server} ${userId}`;
}

/** What is known of a workspace before anything of it was read: enough to paint its place, and no secret. */
export const KnownAccount = Account.extend({
  /** The name of the workspace when it was last seen; empty before. */
  workspace: z.string().max(200),
  /** The conversation that was open last. */
  channelId: Id.nullable(),
});
export type KnownAccount = z.infer<typeof KnownAccount>;

/** So many workspaces are on one device at most. */
export const maxAccounts = 30;

/** Keys as Electron writes them, such as `Control+Alt+P`: never without a modifier that writing does without. */
const Accelerator = z
  .string()
  .max(60)
  .regex(
    /^(?=.*(?:Control|Alt|Super)\+)(?:(?:Control|Alt|Shift|Super)\+)+(?:[A-Z0-9]|F\d{1,2}|[A-Z][A-Za-z]{1,8})$/,
  );

/** Settings of this device. Never a secret among them. */
export const Settings = z.strictObject({
  theme: z.enum(['system', 'light', 'dark', 'contrast']),
  notify: z.strictObject({ sound: z.boolean(), preview: z.boolean() }),
  sidebarWidth: z.int().min(200).max(400),
  enterSends: z.boolean(),
  closeToTray: z.boolean(),
  /** A window that was hidden for so many minutes is let go, and its memory with it; null: never. */
  freeAfterMinutes: z.literal([5, 10, 30]).nullable(),
  /** The system starts the app, hidden, when the person signs in to the computer. */
  openAtLogin: z.boolean(),
  /** Keys that show the window wherever the person is. */
  summonKeys: Accelerator.nullable(),
  /** Keys that pause notifications for an hour, or end the pause. */
  pauseKeys: Accelerator.nullable(),
  checkSpelling: z.boolean(),
  /** Languages such as `en-GB`; null: those of the system. */
  spellingLanguages: z.array(z.string().max(20)).max(8).nullable(),
  /** Which versions of the app are taken. */
  updateChannel: UpdateChannel,
  /** What the form to sign in suggests. */
  lastServer: z.string().max(300).nullable(),
  /** The workspaces of this device, in the order of the rail. */
  accounts: z.array(KnownAccount).max(maxAccounts),
  /** The one of them that was on screen last. */
  currentAccount: Account.nullable(),
});
export type Settings = z.infer<typeof Settings>;

export const defaultSettings: Settings = {
  theme: 'system',
  notify: { sound: true, preview: true },
  sidebarWidth: 264,
  enterSends: true,
  closeToTray: true,
  freeAfterMinutes: 10,
  openAtLogin: false,
  summonKeys: null,
  pauseKeys: null,
  checkSpelling: true,
  spellingLanguages: null,
  updateChannel: 'stable',
  lastServer: null,
  accounts: [],
  currentAccount: null,
};

/** SHA-256 of a certificate, as people compare it: `AB:CD:…`. */
export const Fingerprint = z.string().regex(/^[0-9A-F]{2}(?::[0-9A-F]{2}){31}$/);

/** What an administrator of the computer has laid down. */
export const Policy = z.object({
  /** Offered on the first screen. */
  server: z.string().nullable(),
  /** No other server may be connected to. */
  onlyServer: z.boolean(),
  /** Null: the person decides. */
  openAtLogin: z.boolean().nullable(),
  /** Which versions of the app are taken, or that none is asked for; null: the person decides. */
  updateChannel: z.enum([...UpdateChannel.options, 'off']).nullable(),
  /** Whether the person may trust a certificate that their system does not. */
  certificateExceptions: z.boolean(),
  /** Fingerprints of certificates that are trusted anyway. */
  certificates: z.array(Fingerprint),
});
export type Policy = z.infer<typeof Policy>;
