import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { ParleyError } from '@parley/shared/protocol/errors.ts';
import { Id } from '@parley/shared/protocol/ids.ts';
import type { AccessClaims } from './identity.ts';
import { algorithm, type SigningKeys } from './signing-keys.ts';

const livesSeconds = 600;
const issuer = 'parley';
const audience = 'parley-api';
const type = 'at+jwt';

const Claims = z.object({ sub: Id, sid: Id });

export type AccessTokens = {
  sign(claims: AccessClaims): Promise<{ token: string; expiresAt: Date }>;
  verify(token: string): Promise<AccessClaims>;
};

/** Access tokens as signed JWTs (RFC 9068): EdDSA and nothing else, ten minutes. */
export function createAccessTokens(keys: SigningKeys, now: () => Date): AccessTokens {
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
        const { sub, sid } = Claims.parse(payload);
        return { userId: sub, sessionId: sid };
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
