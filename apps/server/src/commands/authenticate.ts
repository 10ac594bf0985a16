import type { Identity } from '../features/accounts/identity.ts';
import type { Actor } from '../features/handler.ts';
import type { ActorCache } from './actors.ts';

export type Authenticate = (token: string) => Promise<Actor>;

/** Turns an access token into who it stands for. Throws `unauthenticated` or `token_expired`. */
export function createAuthenticate(identity: Identity, actors: ActorCache): Authenticate {
  return async (token) => actors.current(await identity.verifyAccessToken(token));
}

/** The token of an `Authorization: Bearer …` header, or null when there is no such header. */
export function bearerToken(header: string | undefined): string | null {
  const match = /^Bearer +([\w.~+/-]+=*)$/i.exec(header ?? '');
  return match?.[1] ?? null;
}
