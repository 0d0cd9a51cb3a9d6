import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { type Client, findClient } from '../oauth/client.ts';
import { type DecodedToken, decodeToken } from '../oauth/decoded-token.ts';
import { mintTokens } from '../oauth/minted-token.ts';
import { OAuthError } from '../oauth/token/oauth-error.ts';
import { type Page, pageContext } from '../pages/page.ts';
import { tokenPage } from '../pages/pages.ts';
import { pageHeaders } from '../pages/security-headers.ts';
import type { JsonObject } from '../scim/json.ts';
import type { StoredResource } from '../store/store.ts';
import { badControlRequest, ControlError } from './errors.ts';
import { accept } from './input.ts';
import type { ControlContext, ControlServices } from './services.ts';

/** Seconds of a year: as far as `urn:opc:resource:expiry` goes. */
const LONGEST = 31_556_952;
/** Times that the page shows in words. */
const TIMES = ['iat', 'nbf', 'exp', 'auth_time', 'session_exp'];
const ALL_SCOPES = 'urn:opc:idm:__myscopes__';

// PostgreSQL can't hold the character.
const name = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => !text.includes('\0'), 'must not contain a NUL character');
const mintForm = z
  .strictObject({
    client: name.optional(),
    userName: name.optional(),
    userId: name.optional(),
    scope: z.string().max(10_000).optional(),
    expiresIn: z.int().min(-LONGEST).max(LONGEST).optional(),
    claims: z.record(z.string(), z.json()).optional(),
    audience: z.union([z.string(), z.array(z.string()).min(1)]).optional(),
    type: z.enum(['access', 'id', 'both']).optional(),
  })
  .refine((body) => body.userName === undefined || body.userId === undefined, 'give either userName or userId');
const decodeForm = z.strictObject({ token: z.string().min(1) });

/** `/_emulator/tokens`: tokens that no grant would give, and what a token says. */
export function registerTokenRoutes(app: FastifyInstance, services: ControlServices): void {
  const { oauth, contextOf } = services;

  app.post('/tokens', async (request, reply) => {
    const {
      scope = ALL_SCOPES,
      expiresIn = null,
      claims = {},
      audience = null,
      type = 'access',
      ...who
    } = accept(mintForm, request.body);
    const context = contextOf(request);
    const client = await clientOf(services, context, who.client ?? services.birth.principals.clientId);
    const user = await userOf(services, context, who);
    if (type !== 'access' && user === null) throw badControlRequest(`type: ${type} needs a userName or userId`);
    const wish = { client, user, scope, expiresIn, claims: claims as JsonObject, audience, type };
    try {
      reply.header('cache-control', 'no-store');
      return await mintTokens(oauth, context, wish);
    } catch (error) {
      if (error instanceof OAuthError) throw badControlRequest(`scope: ${error.message}`);
      throw error;
    }
  });

  app.get('/tokens/decode', async (request, reply) =>
    sendTokenPage(reply, pageOf(request, contextOf(request), '', null)),
  );

  app.post('/tokens/decode', { config: { sameOriginForm: true } }, async (request, reply) => {
    const context = contextOf(request);
    const token = accept(decodeForm, request.body)
      .token.trim()
      .replace(/^Bearer\s+/i, '');
    const decoded = await decodeToken(oauth, context, token);
    if (isForm(request)) return sendTokenPage(reply, pageOf(request, context, token, decoded));
    const { findings, ...facts } = decoded;
    const reasons = findings.filter(({ good }) => !good).map(({ text }) => text);
    return reply.header('cache-control', 'no-store').send({ ...facts, reasons });
  });
}

async function clientOf({ store }: ControlServices, { domain }: ControlContext, clientId: string): Promise<Client> {
  const client = await findClient(store, domain, clientId);
  if (client !== null) return client;
  throw new ControlError(404, 'not_found', `the domain has no OAuth client with the client id ${clientId}`);
}

async function userOf(
  { store }: ControlServices,
  { domain }: ControlContext,
  { userName, userId }: { readonly userName?: string | undefined; readonly userId?: string | undefined },
): Promise<StoredResource | null> {
  const asked = userId ?? userName;
  if (asked === undefined) return null;
  const user =
    userId !== undefined
      ? await store.resources.read(domain.id, 'User', userId)
      : await store.resources.readByName(domain.id, 'User', asked);
  if (user !== null) return user;
  throw new ControlError(404, 'not_found', `the domain has no user ${asked}`);
}

function isForm(request: FastifyRequest): boolean {
  return !/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

function pageOf(request: FastifyRequest, context: ControlContext, token: string, decoded: DecodedToken | null): Page {
  const { header = null, claims = null, findings = [] } = decoded ?? {};
  return tokenPage(pageContext(request, context), {
    action: `${context.baseUrl}/_emulator/tokens/decode`,
    token,
    header: header && JSON.stringify(header),
    claims: claims && JSON.stringify(claims),
    verdict: findings,
    times: TIMES.flatMap((claim) => {
      const value = claims?.[claim];
      // Beyond this a Date has no name for the time.
      if (typeof value !== 'number' || Math.abs(value) > 8.64e12) return [];
      return [{ claim, time: new Date(value * 1000).toISOString() }];
    }),
  });
}

/** Other pages tell nobody where they are, so that browsers send `Origin: null` with their forms; this one's origin is wanted. */
function sendTokenPage(reply: FastifyReply, page: Page): FastifyReply {
  const headers = { ...pageHeaders(page), 'referrer-policy': 'same-origin' };
  return reply.type('text/html;charset=utf-8').headers(headers).send(page.html);
}
