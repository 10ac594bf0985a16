import { join } from 'node:path';
import { z } from 'zod';
import { newMessageArgument } from './taskbar.ts';

/** What the app was started with. */
export type Launch = {
  /** A name for a second, separate user; empty for the usual one. */
  profile: string;
  /** Offered on the first screen. */
  defaultServer: string | null;
  /** The one-time token of a server that has not been set up, as its `?setup=` address carries it. */
  setupToken: string | null;
  /** Started by the system at login: no window until it is asked for. */
  hidden: boolean;
  /** Started to write to somebody: from the taskbar, or an action of the desktop entry. */
  newMessage: boolean;
  /** The file that holds the app, where it is an AppImage: what is inside it has a path for this run alone. */
  appImage: string | null;
  /** A policy to try out; what the administrator says goes before it. */
  policyFile: string | null;
  /** Takes the place of the setting, in milliseconds: a test does not wait for minutes. */
  freeAfterMs: number | null;
};

const Milliseconds = z.coerce.number().int().min(100);

const Profile = z.string().regex(/^[\w-]{1,40}$/);

/** Reads the arguments and the environment, the only place of the app that does. Bad values are passed over. */
export function parseLaunch(
  argv: readonly string[] = process.argv,
  environment: NodeJS.ProcessEnv = process.env,
): Launch {
  const value = (name: string) =>
    argv.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);
  const profile = Profile.safeParse(value('profile') ?? environment.PARLEY_PROFILE);
  const server = z
    .url({ protocol: /^https?$/ })
    .safeParse(value('server') ?? environment.PARLEY_SERVER);
  const address = server.data === undefined ? null : new URL(server.data);
  return {
    profile: profile.data ?? '',
    defaultServer: address?.origin ?? null,
    setupToken: address?.searchParams.get('setup') ?? null,
    hidden: argv.includes('--hidden'),
    newMessage: argv.includes(newMessageArgument),
    appImage: environment.APPIMAGE ?? null,
    policyFile: environment.PARLEY_POLICY_FILE ?? null,
    freeAfterMs: Milliseconds.safeParse(environment.PARLEY_FREE_AFTER_MS).data ?? null,
  };
}

/** The folder that holds everything of one profile. */
export function userDataFolder(appData: string, profile: string): string {
  return join(appData, profile === '' ? 'Parley' : `Parley-${profile}`);
}
