import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const deadlineMs = 1_500;

/** Asks a service on Linux's session bus, and gives its answer as text. */
export type AskSessionBus = (question: {
  destination: string;
  path: string;
  member: string;
  /** Strings. */
  args?: readonly string[];
  /** 1.5 seconds unless given. */
  withinMs?: number;
}) => Promise<string>;

/** Rejects without a bus, without the service, and without the tool that asks. */
export const askSessionBus: AskSessionBus = async ({
  destination,
  path,
  member,
  args = [],
  withinMs,
}) => {
  const { stdout } = await promisify(execFile)(
    'dbus-send',
    [
      '--session',
      '--print-reply=literal',
      `--dest=${destination}`,
      path,
      member,
      ...args.map((text) => `string:${text}`),
    ],
    { timeout: withinMs ?? deadlineMs },
  );
  return stdout;
};
