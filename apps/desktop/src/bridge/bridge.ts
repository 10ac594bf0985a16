import { z } from 'zod';
import { serverCommands } from '@parley/shared/protocol/commands/server.ts';
import { ErrorBody, ParleyError } from '@parley/shared/protocol/errors.ts';
import { Id, Timestamp } from '@parley/shared/protocol/ids.ts';
import { HandOver, Past, Told } from './hand-over.ts';
import type { CallName, SignalName } from './names.ts';
import { Account, Fingerprint, maxAccounts, Policy, ServerAddress, Settings } from './settings.ts';
import { shortcuts } from './shortcuts.ts';
import { UpdateState } from './updates.ts';

/** Who is signed in on this device. The refresh token is not part of it: it never leaves the vault. */
export const Access = z.object({
  server: z.string(),
  sessionId: Id,
  userId: Id,
  accessToken: z.string(),
  accessTokenExpiresAt: Timestamp,
  /** What keeps the session over a restart; `memory` keeps it only until the app ends. */
  protectedBy: z.enum(['keychain', 'system', 'memory', 'browser']),
});
export type Access = z.infer<typeof Access>;

/**
 * How a session is kept on this device: `safe`; in `memory`, as nothing else is there; `memoryWhileLocked`, until the
 * keyring is unlocked; `wiped`: it was, until somebody emptied the keyring. Or it cannot be read, while the keyring is
 * `locked` or `away`.
 */
export const Keeping = z.enum(['safe', 'memory', 'memoryWhileLocked', 'wiped', 'locked', 'away']);
export type Keeping = z.infer<typeof Keeping>;

/** A certificate because of which nothing is sent to a host, and why. Only the first two can be decided about. */
export const RefusedCertificate = z.object({
  host: z.string(),
  why: z.enum([
    ...(['unknown', 'changed'] as const),
    ...(['forbidden', 'expired', 'wrong_name', 'weak', 'invalid'] as const),
  ]),
  fingerprint: z.string(),
  /** The one that was trusted there before. */
  before: z.string().nullable(),
  validFrom: z.string(),
  validTo: z.string(),
  issuer: z.string(),
});
export type RefusedCertificate = z.infer<typeof RefusedCertificate>;

export const WindowState = z.object({
  focused: z.boolean(),
  visible: z.boolean(),
  idle: z.boolean(),
  locked: z.boolean(),
});
export type WindowState = z.infer<typeof WindowState>;

/** What keeps notifications of this device from being seen, as far as it can be known. */
export const NotificationBlocker = z.enum([
  'unsupported',
  'no_service',
  'system_do_not_disturb',
  'permission_default',
  'permission_denied',
]);
export type NotificationBlocker = z.infer<typeof NotificationBlocker>;

const Nothing = z.object({});
const Place = z.object({ account: Account, channelId: Id, messageId: Id });
const ToldOf = Told.extend({ account: Account });
const shortText = z.string().max(300);
/** Of so many messages main is told in one call why nobody heard of them. */
export const maxHiddenAtOnce = 100;

/** Everything that the renderer may ask of the desktop. */
export const calls = {
  'app.info': {
    input: z.strictObject({}),
    output: z.object({
      version: z.string(),
      platform: z.enum(['linux', 'darwin', 'win32', 'web']),
      profile: z.string(),
      defaultServer: z.string().nullable(),
      policy: Policy,
      launchedAtMs: z.number(),
    }),
  },
  'server.check': {
    input: z.strictObject({ server: ServerAddress }),
    output: serverCommands['server.info'].output,
  },
  'session.open': {
    input: z.strictObject({
      server: ServerAddress,
      command: z.enum(['session.create', 'account.register', 'server.setup']),
      /** The command's input without `device`, which the bridge adds. */
      input: z.record(z.string(), z.unknown()),
    }),
    output: Access,
  },
  'session.access': {
    input: z.strictObject({
      /** Null where the page does not know who it is yet: a browser's cookie does. */
      account: Account.nullable(),
      minValidMs: z.number().min(0),
    }),
    output: Access.nullable(),
  },
  'session.close': { input: z.strictObject({ account: Account }), output: Nothing },
  /** The certificate for which the server was refused last; null: none was. */
  'certificate.refused': {
    input: z.strictObject({ server: ServerAddress }),
    output: z.object({ refused: RefusedCertificate.nullable() }),
  },
  'certificate.trust': {
    input: z.strictObject({ server: ServerAddress, fingerprint: Fingerprint }),
    output: Nothing,
  },
  /** The person wants their keyring to be asked for, though it may show them a window. */
  'keyring.unlock': { input: z.strictObject({}), output: Nothing },
  'settings.get': { input: z.strictObject({}), output: Settings },
  'settings.set': { input: Settings.partial(), output: Settings },
  'notification.show': {
    input: z.strictObject({
      account: Account,
      ...Told.shape,
      title: shortText,
      body: z.string().max(1_000),
      silent: z.boolean(),
    }),
    output: z.object({ shown: z.boolean(), reason: z.string() }),
  },
  'notification.withdraw': {
    input: z.strictObject({ account: Account, messageIds: z.array(Id).max(1_000) }),
    output: Nothing,
  },
  /** What was told of, and is yet to be told of, before this page was there. What waits is given once. */
  'notification.resume': { input: z.strictObject({ account: Account }), output: Past },
  'notification.takeClick': { input: z.strictObject({}), output: Place.nullable() },
  /** Keeps why nobody was told of messages, in the order in which that was decided. */
  'notification.record': {
    input: z.strictObject({
      account: Account,
      hidden: z
        .array(z.strictObject({ messageId: Id, reason: z.string().max(80) }))
        .max(maxHiddenAtOnce),
    }),
    output: Nothing,
  },
  'notification.explain': {
    input: z.strictObject({ account: Account, messageId: Id }),
    output: z.object({
      decisions: z.array(z.object({ at: Timestamp, shown: z.boolean(), reason: z.string() })),
    }),
  },
  /** Shows one that is of no message. */
  'notification.test': {
    input: z.strictObject({ title: shortText, body: shortText }),
    output: z.object({ shown: z.boolean(), reason: z.string() }),
  },
  'notification.check': {
    input: z.strictObject({}),
    output: z.object({ blockers: z.array(NotificationBlocker) }),
  },
  'badge.set': {
    input: z.strictObject({
      /** Why nothing notifies at the moment, when the person wants it so. */
      quiet: z.enum(['do_not_disturb', 'quiet_hours']).nullable(),
      /** Conversations that the person was in, the last one first. */
      recent: z.array(z.object({ server: z.string(), channelId: Id, title: shortText })).max(5),
      unread: z.int().min(0),
      mentions: z.int().min(0),
      connection: z.enum(['online', 'offline']),
    }),
    output: Nothing,
  },
  'spelling.get': {
    input: z.strictObject({}),
    output: z.object({
      /** The system may know by itself which language something is in. */
      canChoose: z.boolean(),
      available: z.array(z.string()),
      chosen: z.array(z.string()),
      /** Those of the chosen for which there is no dictionary. */
      missing: z.array(z.string()),
      /** What the person has added. */
      words: z.array(z.string()),
    }),
  },
  'spelling.forget': { input: z.strictObject({ word: z.string().max(200) }), output: Nothing },
  /** Answers `window.releasing`. A page that may go has stopped: it is over, whatever comes. */
  'window.release': {
    input: z.discriminatedUnion('may', [
      z.strictObject({ may: z.literal(false) }),
      z.strictObject({
        may: z.literal(true),
        accounts: z.array(HandOver.extend({ account: Account })).max(maxAccounts),
      }),
    ]),
    output: Nothing,
  },
  'window.state': { input: z.strictObject({}), output: WindowState },
  /** Whether a window that is closed can be reached again, as of now: trays come and go. */
  'tray.find': { input: z.strictObject({}), output: z.object({ hasTray: z.boolean() }) },
  'link.open': {
    input: z.strictObject({ url: z.string().max(4_000) }),
    output: z.object({ opened: z.boolean() }),
  },
  /** Shows the file that was downloaded last, in the system's own window. */
  'download.reveal': { input: z.strictObject({}), output: Nothing },
  /** The page shows something: what a version has to get to, to be taken for good. */
  'app.rendered': { input: z.strictObject({}), output: Nothing },
  'update.state': { input: z.strictObject({}), output: UpdateState },
  /** Asks the server now. Answers once that is known; a download goes on after it. */
  'update.check': { input: z.strictObject({}), output: UpdateState },
  'update.restart': { input: z.strictObject({}), output: Nothing },
  /** What the person has sent is on its way, or waits for the next start: the answer to `update.flush`. */
  'update.flushed': { input: z.strictObject({}), output: Nothing },
} as const satisfies Record<CallName, { input: z.ZodType; output: z.ZodType }>;

/** Whether the person gave the link themselves, on the command line, or any page or mail may have made it. */
const ofWhom = { isOwn: z.boolean() };

/** What the desktop tells the renderer. */
export const signals = {
  'notification.clicked': Place,
  'notification.replied': ToldOf.extend({ text: z.string().max(16_000) }),
  'notification.markedRead': ToldOf,
  'window.changed': WindowState,
  /** Nobody has looked at the window for long: may its page go? Without an answer it stays. */
  'window.releasing': Nothing,
  'power.resumed': Nothing,
  'session.ended': z.object({ account: Account, reason: z.string() }),
  'session.keeping': z.object({ account: Account, keeping: Keeping }),
  /** Null: it is trusted now. */
  'certificate.changed': z.object({ host: z.string(), refused: RefusedCertificate.nullable() }),
  'settings.changed': Settings,
  'spelling.changed': Nothing,
  'link.received': z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('invite'), server: z.string(), code: z.string(), ...ofWhom }),
    z.object({ kind: z.literal('setup'), server: z.string(), token: z.string(), ...ofWhom }),
    z.object({ kind: z.literal('channel'), server: z.string(), channelId: Id }),
  ]),
  'menu.chosen': z.object({
    item: z.enum([
      ...shortcuts.map(({ action }) => action),
      'addWorkspace' as const,
      ...(['pauseHalfHour', 'pauseHour', 'pauseTomorrow', 'resume', 'togglePause'] as const),
    ]),
  }),
  /** What the page handed over to be saved is in the folder for downloads, under this name; or it could not be. */
  'download.ended': z.object({ name: z.string(), isSaved: z.boolean() }),
  'update.changed': UpdateState,
  /** The app is about to restart: what waits to be sent should go now. */
  'update.flush': Nothing,
} as const satisfies Record<SignalName, z.ZodType>;

export type CallInput<N extends CallName> = z.input<(typeof calls)[N]['input']>;
export type CallOutput<N extends CallName> = z.output<(typeof calls)[N]['output']>;
export type SignalData<N extends SignalName> = z.output<(typeof signals)[N]>;

/** What crosses for a call: an exception does not survive Electron's IPC with its fields. */
export const CallReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), output: z.unknown() }),
  z.object({ ok: z.literal(false), error: ErrorBody }),
]);
export type CallReply = z.infer<typeof CallReply>;

/** What the renderer holds, in the desktop app and in a browser alike. */
export interface Bridge {
  readonly kind: 'electron' | 'browser';
  /** Rejects with a ParleyError. */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallOutput<N>>;
  /** Returns what ends the listening. */
  on<N extends SignalName>(name: N, listener: (data: SignalData<N>) => void): () => void;
}

/** The preload's side of it, as `window.parleyBridge`: names and plain data. */
export type RawBridge = {
  call(name: string, input: unknown): Promise<unknown>;
  on(name: string, listener: (data: unknown) => void): () => void;
};

/** Turns what crossed back into an output or a ParleyError. */
export function openReply<N extends CallName>(name: N, reply: unknown): CallOutput<N> {
  const parsed = CallReply.parse(reply);
  if (!parsed.ok) throw ParleyError.fromBody(parsed.error);
  // The schema found by this name is the one of this output.
  return calls[name].output.parse(parsed.output) as CallOutput<N>;
}
