import { createAccessTokens } from './access-tokens.ts';
import type { Identity } from './identity.ts';
import { createPasswords } from './passwords.ts';
import { deriveSuccessor, hashSecret, loadSuccessorSecret, newSecret } from './secrets.ts';
import { createSignInLimits, type SignInLimitSettings } from './sign-in-limits.ts';
import { loadSigningKeys } from './signing-keys.ts';

/** Puts together what accounts need; keys lie in the data folder and are made at the first start. */
export async function createIdentity(options: {
  dataDir: string;
  now?: () => Date;
  signInLimits?: Partial<SignInLimitSettings>;
}): Promise<Identity> {
  const { dataDir, now = () => new Date(), signInLimits = {} } = options;
  const passwords = await createPasswords();
  const tokens = createAccessTokens(await loadSigningKeys(dataDir), now);
  const successorSecret = await loadSuccessorSecret(dataDir);
  return {
    hashPassword: (password) => passwords.hash(password),
    verifyPassword: (hash, password) => passwords.verify(hash, password),
    signAccessToken: (claims) => tokens.sign(claims),
    verifyAccessToken: (token) => tokens.verify(token),
    newRefreshToken: newSecret,
    successorOf: (token, nonce) => deriveSuccessor(successorSecret, token, nonce),
    hashSecret,
    signInLimits: createSignInLimits(signInLimits),
  };
}
