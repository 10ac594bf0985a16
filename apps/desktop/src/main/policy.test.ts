import { beforeEach, expect, it, vi } from 'vitest';
import { parseRegistry, readPolicy, type PolicySources } from './policy.ts';

const onTrouble = vi.fn((_what: string, _error: unknown) => undefined);
const server = 'https://chat.example.com';
const none = {
  server: null,
  onlyServer: false,
  openAtLogin: null,
  updateChannel: null,
  certificateExceptions: true,
  certificates: [],
};

beforeEach(() => onTrouble.mockClear());

/** A computer with these files. */
function read(
  files: Record<string, unknown>,
  options: Partial<PolicySources> = {},
): ReturnType<typeof readPolicy> {
  return readPolicy({
    platform: 'linux',
    trialFile: null,
    readFile: (path) =>
      path in files
        ? Promise.resolve(
            typeof files[path] === 'string' ? files[path] : JSON.stringify(files[path]),
          )
        : Promise.reject(Object.assign(new Error('no such file'), { code: 'ENOENT' })),
    queryRegistry: () => Promise.resolve(''),
    onTrouble,
    ...options,
  });
}
const etc = '/etc/parley/policy.json';

it('is none where nobody laid one down', async () => {
  expect(await read({})).toEqual(none);
  expect(onTrouble).not.toHaveBeenCalled();
});

it('comes from a file of the system', async () => {
  const policy = { onlyServer: true, openAtLogin: true, updateChannel: 'beta' };
  expect(await read({ [etc]: { ...policy, server: `${server}/` } })).toEqual({
    ...none,
    ...policy,
    server,
  });
  const mac = '/Library/Application Support/Parley/policy.json';
  expect(await read({ [mac]: { server } }, { platform: 'darwin' })).toMatchObject({ server });
});

it('can be tried out, but never against what the administrator says', async () => {
  const trial = { trialFile: '/tmp/trial.json' };
  const tried = { '/tmp/trial.json': { server: 'https://other.example', openAtLogin: false } };
  expect(await read(tried, trial)).toMatchObject({ server: 'https://other.example' });
  expect(await read({ ...tried, [etc]: { server, onlyServer: true } }, trial)).toEqual({
    ...none,
    server,
    onlyServer: true,
    openAtLogin: false,
    updateChannel: null,
  });
});

it('comes from the registry on Windows', async () => {
  const printed = [
    '',
    String.raw`HKEY_LOCAL_MACHINE\Software\Policies\Parley`,
    '    Server    REG_SZ    https://chat.example.com',
    '    onlyserver    REG_DWORD    0x1',
    '    OpenAtLogin    REG_DWORD    0x0',
    '    UpdateChannel    REG_SZ    off',
    '',
  ].join('\r\n');
  const policy = { server, onlyServer: true, openAtLogin: false, updateChannel: 'off' };
  expect(parseRegistry(printed)).toEqual(policy);
  const queryRegistry = () => Promise.resolve(printed);
  expect(await read({}, { platform: 'win32', queryRegistry })).toEqual({ ...none, ...policy });
  const broken = () => Promise.reject(new Error('reg.exe is not there'));
  expect(await read({}, { platform: 'win32', queryRegistry: broken })).toEqual(none);
  expect(onTrouble).toHaveBeenCalledTimes(1);
});

it('loses none of the others by a value that is wrong, and says which it is', async () => {
  const policy = { server, onlyServer: 'yes', openAtLogin: true, updateChannel: 'x', colour: 1 };
  expect(await read({ [etc]: policy })).toEqual({ ...none, server, openAtLogin: true });
  expect(onTrouble.mock.calls.map(([what]) => what)).toEqual([
    'the policy colour',
    'the policy onlyServer',
    'the policy updateChannel',
  ]);
});

it('forbids no server where the only one is not named', async () => {
  expect(await read({ [etc]: { onlyServer: true } })).toEqual(none);
});

it.each(['', '{', '[]', 'null', '7'])('is none where the file is broken: %j', async (text) => {
  expect(await read({ [etc]: text })).toEqual(none);
  expect(onTrouble).toHaveBeenCalledTimes(1);
});

it('names certificates as people write fingerprints', async () => {
  const digits = 'ab'.repeat(32);
  const colons = 'AB:'.repeat(32).slice(0, -1);
  const policy = { certificateExceptions: false, certificates: [digits] };
  expect(await read({ [etc]: policy })).toMatchObject({
    certificateExceptions: false,
    certificates: [colons],
  });
  // As one text, which is all that the registry has.
  expect(await read({ [etc]: { certificates: `${digits} ${colons}` } })).toMatchObject({
    certificates: [colons, colons],
  });
  expect(await read({ [etc]: { certificates: ['abc'] } })).toMatchObject({ certificates: [] });
  expect(onTrouble).toHaveBeenCalledWith('the policy certificates', expect.anything());
});
