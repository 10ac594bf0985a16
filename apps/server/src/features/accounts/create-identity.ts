import { createAccessTokens } from './access-tokens.ts';
import type { Identity, SignInCounts } from './identity.ts';
import { createPasswords } from './passwords.ts';
import { deriveSuccessor, hashSecret, loadSuccessorSecret, newSecret } from './secrets.ts';
import { createSignInLimits } from './sign-in-limits.ts';
import { loadSigningKeys } from './signing-keys.ts';

/** What a process has in common with others that serve the same people on this machine. */
export type SharedIdentity = {
  /** How many processes there are. */
  processes: number;
  /** The key by which all of them sign. */
  signer: string;
  signInCounts: SignInCounts;
};

/** Makes what is missing of the keys, before several processes look for them. Resolves to the key that signs. */
export async function prepareKeys(dataDir: string): Promise<string> {
  await loadSuccessorSecret(dataDir);
  const { current } = await loadSigningKeys(dataDir);
  return current.kid;
}

/** Puts together what accounts need; keys lie in the data folder and are made at the first start. */
export async function createIdentity(options: {
  dataDir: string;
  now?: () => Date;
  shared?: SharedIdentity;
}): Promise<Identity> {
  const { dataDir, now = () => new Date(), shared } = options;
  const passwords = await createPasswords(shared?.processes);
  const tokens = createAccessTokens(await loadSigningKeys(dataDir, shared?.signer), now);
  const successorSecret = await loadSuccessorSecret(dataDir);
  return {
    hashPassword: (password) => passwords.hash(password),
    verifyPassword: (hash, password) => passwords.verify(hash, password),
    signAccessToken: (claims) => tokens.sign(claims),
    verifyAccessToken: (token) => tokens.verify(token),
    newRefreshToken: newSecret,
    successorOf: (token, nonce) => deriveSuccessor(successorSecret, token, nonce),
    hashSecret,
    signInLimits: createSignInLimits(shared?.signInCounts),
  };
}
