import { Hono, type Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import { invalidInput, ParleyError } from '@parley/shared/protocol/errors.ts';
import { SignedIn } from '@parley/shared/protocol/session.ts';
import { bearerToken } from '../commands/authenticate.ts';
import { toParleyError } from '../commands/run-command.ts';
import { reply, type Gateway } from '../transports/gateway.ts';
import { problem } from '../transports/problem.ts';
import { addressOf, jsonBody, limitBody } from '../transports/rest.ts';

const cookieName = 'parley_session';
const cookiePath = '/web/session';
const maxAgeSeconds = 90 * 24 * 3600;

const Open = z.strictObject({
  command: z.enum(['session.create', 'account.register', 'server.setup']),
  input: z.record(z.string(), z.unknown()),
});
const Access = z.strictObject({ nonce: z.uuid().optional() });

/**
 * Sign-in for the web app. It has no keychain, so its refresh token lives in a cookie that scripts cannot read
 * and that goes to these addresses alone; the page itself only ever holds access tokens of ten minutes.
 */
export function createWebSession(gateway: Gateway, options: { publicUrl: () => string }): Hono {
  const app = new Hono();

  const command = async (context: Context, name: string, input: unknown): Promise<object> => {
    const token = bearerToken(context.req.header('authorization'));
    const actor = token ? await gateway.authenticate(token) : null;
    const address = addressOf(gateway, context);
    const answer = await reply(gateway, { name, input, actor, session: null, address });
    if (!answer.ok) throw ParleyError.fromBody(answer.error);
    return answer.output;
  };

  const signedIn = (context: Context, output: object): Response => {
    const { sessionId, accessToken, accessTokenExpiresAt, refreshToken, user } =
      SignedIn.parse(output);
    setCookie(context, cookieName, refreshToken, {
      ...cookieOptions(options.publicUrl()),
      maxAge: maxAgeSeconds,
    });
    const server = new URL(options.publicUrl()).origin;
    return context.json({ server, sessionId, userId: user.id, accessToken, accessTokenExpiresAt });
  };

  app.use('*', async (context: Context, next) => {
    context.header('cache-control', 'no-store');
    // A form or a script of another site cannot send JSON here without being asked about first.
    const isJson = /^application\/json\b/.test(context.req.header('content-type') ?? '');
    const site = context.req.header('sec-fetch-site');
    if (!isJson || (site !== undefined && site !== 'same-origin')) {
      const message = 'These addresses serve the web app of this server only.';
      return problem(context, { code: 'forbidden', message });
    }
    return next();
  });
  app.use('*', limitBody(gateway));
  app.onError((error, context) => problem(context, toParleyError(error).toBody()));

  app.post('/open', async (context) => {
    const { command: name, input } = parse(Open, await jsonBody(context));
    return signedIn(context, await command(context, name, input));
  });

  app.post('/access', async (context) => {
    const { nonce } = parse(Access, await jsonBody(context));
    const refreshToken = getCookie(context, cookieName);
    if (!refreshToken) return context.json(null);
    try {
      const input = { refreshToken, ...(nonce !== undefined && { nonce }) };
      return signedIn(context, await command(context, 'session.refresh', input));
    } catch (error) {
      if (toParleyError(error).code !== 'unauthenticated') throw error;
      deleteCookie(context, cookieName, cookieOptions(options.publicUrl()));
      return context.json(null);
    }
  });

  app.post('/close', async (context: Context) => {
    deleteCookie(context, cookieName, cookieOptions(options.publicUrl()));
    if (bearerToken(context.req.header('authorization'))) await command(context, 'session.end', {});
    return context.json({});
  });

  return app;
}

function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) throw invalidInput(parsed.error);
  return parsed.data;
}

function cookieOptions(publicUrl: string) {
  return {
    path: cookiePath,
    httpOnly: true,
    sameSite: 'Strict' as const,
    secure: publicUrl.startsWith('https:'),
  };
}
