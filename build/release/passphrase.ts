import { basename } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { ReleaseError } from './release-error.ts';

const variable = 'PARLEY_RELEASE_PASSPHRASE';

/**
 * The passphrase of a key: from `PARLEY_RELEASE_PASSPHRASE_<keyId>` or `PARLEY_RELEASE_PASSPHRASE`, else asked for at
 * the terminal. Throws a ReleaseError where there is neither.
 */
export async function passphraseOf(path: string): Promise<string> {
  const keyId = basename(path, '.pem');
  return fromEnvironment(`${variable}_${keyId}`, variable) ?? ask(`Passphrase of ${path}: `);
}

/** The passphrase of a key that is being made; at the terminal it is asked for twice. */
export async function newPassphrase(): Promise<string> {
  const given = fromEnvironment(variable);
  if (given !== undefined) return given;
  const first = await ask('Passphrase of the new key: ');
  const second = await ask('The same again: ');
  if (first !== second) throw new ReleaseError('The two differ. Begin again.');
  return first;
}

function fromEnvironment(...names: string[]): string | undefined {
  return names
    .map((name) => process.env[name])
    .find((value) => value !== undefined && value !== '');
}

/** Asks without showing what is typed. */
async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new ReleaseError(`There is no terminal to ask at. Set ${variable}.`);
  }
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  // Only now is nothing shown that is typed.
  process.stderr.write(question);
  const stopped = new Promise<never>((_resolve, reject) => {
    for (const end of ['SIGINT', 'close'] as const) {
      lines.once(end, () => {
        reject(new ReleaseError('Nothing was done.'));
      });
    }
  });
  try {
    return await Promise.race([lines.question(''), stopped]);
  } finally {
    process.stderr.write('\n');
    lines.close();
  }
}
