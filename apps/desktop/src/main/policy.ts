import { z } from 'zod';
import { Fingerprint, Policy, ServerAddress } from '../bridge/settings.ts';

/** Where an administrator of the computer lays down what holds for everybody who uses it. */
const files: Partial<Record<NodeJS.Platform, string>> = {
  linux: '/etc/parley/policy.json',
  darwin: '/Library/Application Support/Parley/policy.json',
};
/** Group policies write here: values of type REG_SZ and REG_DWORD. */
export const registryKey = String.raw`HKLM\Software\Policies\Parley`;

/** The names of the values, as they stand in the file. In the registry case does not matter. */
const names = [
  ...(['server', 'onlyServer', 'openAtLogin', 'updateChannel'] as const),
  ...(['certificateExceptions', 'certificates'] as const),
] as const;

/** In the file a list; in the registry one text, with spaces between. Written with or without colons. */
const Fingerprints = z
  .union([z.array(z.string()), z.string().transform((text) => text.split(/[\s,]+/))])
  .transform((list) => list.filter((each) => each !== '').map(withColons))
  .pipe(z.array(Fingerprint).max(100));

function withColons(text: string): string {
  const digits = text.replaceAll(':', '').toUpperCase();
  return digits.match(/.{1,2}/g)?.join(':') ?? '';
}

export type PolicySources = {
  platform: NodeJS.Platform;
  /** Another file that is asked after the system's, for those who try a policy out; null for none. */
  trialFile: string | null;
  /** Rejects with the code ENOENT where there is no such file. */
  readFile: (path: string) => Promise<string>;
  /** What `reg.exe query` prints of the key; empty where there is none. */
  queryRegistry: () => Promise<string>;
  onTrouble: (what: string, error: unknown) => void;
};

/**
 * Reads the policy of this computer. A value that cannot be used is reported and left out, the others hold. What the
 * administrator says goes before what the trial file says.
 */
export async function readPolicy(sources: PolicySources): Promise<Policy> {
  const { platform, trialFile, onTrouble } = sources;
  const system = files[platform];
  const given = await Promise.all([
    trialFile === null ? {} : fromFile(trialFile, sources),
    system === undefined ? {} : fromFile(system, sources),
    platform === 'win32' ? fromRegistry(sources) : {},
  ]);
  const said: Record<string, unknown> = Object.assign({}, ...given);
  for (const name of Object.keys(said)) {
    if (!names.some((known) => known === name)) onTrouble(`the policy ${name}`, 'there is none');
  }
  const usable = <T>(name: (typeof names)[number], schema: z.ZodType<T>): T | null => {
    if (said[name] === undefined) return null;
    const parsed = schema.safeParse(said[name]);
    if (parsed.success) return parsed.data;
    onTrouble(`the policy ${name}`, parsed.error.issues[0]?.message);
    return null;
  };
  const server = usable('server', ServerAddress);
  return {
    server,
    // Nothing is left to connect to where the only server is not named.
    onlyServer: usable('onlyServer', z.boolean()) === true && server !== null,
    openAtLogin: usable('openAtLogin', z.boolean()),
    updateChannel: usable('updateChannel', Policy.shape.updateChannel),
    certificateExceptions: usable('certificateExceptions', z.boolean()) ?? true,
    certificates: usable('certificates', Fingerprints) ?? [],
  };
}

async function fromFile(path: string, { readFile, onTrouble }: PolicySources): Promise<object> {
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(path)));
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!isMissing) onTrouble(`the policy file ${path}`, error);
    return {};
  }
}

async function fromRegistry({ queryRegistry, onTrouble }: PolicySources): Promise<object> {
  try {
    return parseRegistry(await queryRegistry());
  } catch (error) {
    onTrouble('the policies of the registry', error);
    return {};
  }
}

/** Reads lines such as `    Server    REG_SZ    https://chat.example.com` and `    OnlyServer    REG_DWORD    0x1`. */
export function parseRegistry(printed: string): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const line of printed.split(/\r?\n/)) {
    const [, written = '', type, text = ''] =
      /^ {4}(\S+) {4}(REG_SZ|REG_DWORD) {4}(.*)$/.exec(line) ?? [];
    if (type === undefined) continue;
    const name = names.find((known) => known.toLowerCase() === written.toLowerCase()) ?? written;
    found[name] = type === 'REG_SZ' ? text.trim() : Number(text) !== 0;
  }
  return found;
}
