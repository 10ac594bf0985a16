import { errors, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { Id } from '@parley/shared/protocol/ids.ts';
import type { AccessClaims } from './identity.ts';
import { hashSecret } from './secrets.ts';
import { algorithm, type SigningKeys } from './signing-keys.ts';

const livesSeconds = 600;
const issuer = 'parley';
const audience = 'parley-api';
const type = 'at+jwt';

/** How many tokens are known again, the latest ones: some megabytes. */
const mostKnown = 20_000;

const Claims = z.object({ sub: Id, sid: Id, exp: z.int() });

export type AccessTokens = {
  sign(claims: AccessClaims): Promise<{ token: string; expiresAt: Date }>;
  verify(token: string): Promise<AccessClaims>;
};

/**
 * Access tokens as signed JWTs (RFC 9068): EdDSA and nothing else, ten minutes. A token that was good is known again
 * by its hash until it expires, since its signature is most of what a call over HTTP or a client that comes back costs.
 */
export function createAccessTokens(keys: SigningKeys, now: () => Date): AccessTokens {
  const known = new LRUCache<string, { claims: AccessClaims; expiresAt: number }>({
    max: mostKnown,
  });
  return {
    async sign({ userId, sessionId }) {
      const issuedAt = Math.floor(now().getTime() / 1000);
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: type, kid: keys.current.kid })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + livesSeconds)
        .sign(keys.current.privateKey);
      return { token, expiresAt: new Date((issuedAt + livesSeconds) * 1000) };
    },
    async verify(token) {
      const hash = hashSecret(token);
      const before = known.get(hash);
      if (before && now().getTime() < before.expiresAt) return before.claims;
      try {
        const { payload } = await jwtVerify(
          token,
          ({ kid }) => {
            const key = keys.publicKeys.get(kid ?? '');
            if (!key) throw new ParleyError('unauthenticated', 'The access token is not good.');
            return key;
          },
          { algorithms: [algorithm], issuer, audience, typ: type, currentDate: now() },
        );
        const { sub, sid, exp } = Claims.parse(payload);
        const claims = { userId: sub, sessionId: sid };
        known.set(hash, { claims, expiresAt: exp * 1000 });
        return claims;
      } catch (error) {
        if (error instanceof errors.JWTExpired) {
          throw new ParleyError('token_expired', 'The access token has expired. Refresh it.');
        }
        const expected = error instanceof errors.JOSEError || error instanceof z.ZodError;
        if (!expected && !(error instanceof ParleyError)) throw error;
        throw new ParleyError('unauthenticated', 'The access token is not good.', { cause: error });
      }
    },
  };
}
