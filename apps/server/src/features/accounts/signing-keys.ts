import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';

export const algorithm = 'EdDSA';

export type SigningKeys = {
  /** The newest: it signs. */
  current: { kid: string; privateKey: CryptoKey };
  /** All that verify, by their `kid`. */
  publicKeys: Map<string, CryptoKey>;
};

const fileName = /^signing-([0-9a-f-]{36})\.jwk\.json$/;

function keysFolder(dataDir: string): string {
  return join(dataDir, 'keys');
}

/** Writes a whole file or none, readable by this user alone. */
export async function writeSecretFile(path: string, content: string): Promise<void> {
  const draft = `${path}.${uuidv7()}.part`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(content);
    // Before the renaming, or a power cut could leave the name with nothing behind it.
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
}

/**
 * Makes a new key, which signs from the next start on. Tokens signed by older keys stay good until their key's
 * file is removed, which may be done ten minutes later.
 */
export async function rotateSigningKey(dataDir: string): Promise<string> {
  const folder = keysFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Version 7 ids sort by time, so the newest key is the last by name.
  const kid = uuidv7();
  const { privateKey } = await generateKeyPair(algorithm, { crv: 'Ed25519', extractable: true });
  const jwk = { ...(await exportJWK(privateKey)), kid, alg: algorithm };
  await writeSecretFile(join(folder, `signing-${kid}.jwk.json`), JSON.stringify(jwk));
  return kid;
}

/**
 * Reads the keys from the data folder, making the first one when there is none. The newest signs, or the one named
 * by `signer`: a process that begins later must sign by a key that those before it know.
 */
export async function loadSigningKeys(dataDir: string, signer?: string): Promise<SigningKeys> {
  const folder = keysFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const list = async () => (await readdir(folder)).filter((name) => fileName.test(name)).sort();
  let names = await list();
  if (names.length === 0) {
    await rotateSigningKey(dataDir);
    names = await list();
  }
  const publicKeys = new Map<string, CryptoKey>();
  let current: SigningKeys['current'] | null = null;
  for (const name of names) {
    const jwk = await readJwk(join(folder, name));
    const kid = fileName.exec(name)?.[1] ?? '';
    const { d: _, ...publicJwk } = jwk;
    publicKeys.set(kid, await importKey(publicJwk, name));
    if (signer !== undefined && kid !== signer) continue;
    current = { kid, privateKey: await importKey(jwk, name) };
  }
  if (!current) throw new Error(`The signing key is missing in ${folder}.`);
  return { current, publicKeys };
}

const PrivateJwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});

async function readJwk(path: string): Promise<z.infer<typeof PrivateJwk>> {
  const parsed = PrivateJwk.safeParse(parseJson(await readFile(path, 'utf8')));
  if (parsed.success) return parsed.data;
  throw new Error(
    `${path} is no signing key. Delete it, and everybody's app asks for a new token.`,
  );
}

/** Null for what is no JSON: the error of the platform's parser would quote the key. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function importKey(jwk: JWK, name: string): Promise<CryptoKey> {
  const key = await importJWK(jwk, algorithm);
  if (key instanceof Uint8Array) throw new Error(`${name} is no Ed25519 key.`);
  return key;
}
