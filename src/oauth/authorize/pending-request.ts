import type { FastifyReply, FastifyRequest } from 'fastify';
import { newSecret } from '../../ids.ts';
import type { JsonObject } from '../../scim/json.ts';
import { bindBrowser, browserBinding } from '../../signin/browser-binding.ts';
import { tokenHash } from '../../store/token-hash.ts';
import { OAuthError } from '../token/oauth-error.ts';
import type { OAuthContext, OAuthServices } from '../token/token-request.ts';
import type { AuthorizeParameters } from './parameters.ts';

/*
 * Authorization requests that wait for a sign-in or a consent: kept in the store, tied to the browser that brought them.
 */

const KIND = 'authorize';
/** IDCS: oauth.md §7.3: 15 minutes, as the request cookie; milliseconds. */
const LIFETIME_MS = 15 * 60 * 1000;

/** What a browser names is no request that waits for it. For the person at the browser: no client is known to be meant. */
export class RequestGone extends OAuthError {
  constructor() {
    super(
      'invalid_request',
      'This sign-in is not known to this browser, has expired or was finished already. Start again from the application.',
    );
    this.name = 'RequestGone';
  }
}

/** A request that waits. */
export interface PendingRequest {
  readonly id: string;
  readonly parameters: AuthorizeParameters;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  /** Hash of the session that the browser had then; a sign-in for this request is another one. */
  readonly session: string | null;
  /** User.id of who has agreed to its scopes since. */
  readonly consentedBy: string | null;
}

interface Stored {
  readonly parameters: Readonly<Record<string, string>>;
  readonly browser: string;
  readonly session: string | null;
  readonly consentedBy: string | null;
}

/** Keeps a request. @returns its id: good for nothing in another browser */
export async function keepRequest(
  services: OAuthServices,
  context: OAuthContext,
  request: FastifyRequest,
  reply: FastifyReply,
  { values }: AuthorizeParameters,
  session: string | null,
): Promise<string> {
  const id = newSecret(services.ids, 24);
  const created = context.clock.now();
  const { hash: browser } = bindBrowser(services, context, request, reply);
  const stored: Stored = { parameters: Object.fromEntries(values), browser, session, consentedBy: null };
  await services.store.tokens.insert(context.domain.id, {
    hash: tokenHash(id),
    kind: KIND,
    created,
    expires: created + LIFETIME_MS,
    data: { ...stored },
  });
  return id;
}

/**
 * The request of that id.
 * @throws RequestGone: there is none, it has expired or been answered, or another browser began it
 */
export async function findRequest(
  { store }: OAuthServices,
  context: OAuthContext,
  request: FastifyRequest,
  id: string,
): Promise<PendingRequest> {
  const row = await store.tokens.find(context.domain.id, KIND, tokenHash(id));
  const stored = row?.data as unknown as Stored | undefined;
  const browser = browserBinding(context, request);
  if (row === null || stored?.browser !== browser?.hash || row.expires <= context.clock.now()) throw new RequestGone();
  const { parameters, session, consentedBy } = stored!;
  return {
    id,
    parameters: { values: new Map(Object.entries(parameters)), repeated: new Set() },
    created: Math.floor(row.created / 1000),
    session,
    consentedBy,
  };
}

/** Notes that a user has agreed to what the request asks for. */
export async function noteConsent(
  { store }: OAuthServices,
  { domain }: OAuthContext,
  id: string,
  userId: string,
): Promise<void> {
  await store.transaction(async ({ tokens }) => {
    const row = await tokens.find(domain.id, KIND, tokenHash(id), { lock: true });
    if (row === null) throw new RequestGone();
    const data = { ...row.data, consentedBy: userId } as JsonObject;
    await tokens.update(domain.id, KIND, tokenHash(id), { data });
  });
}

/** Ends a request, because it is refused now. */
export async function dropRequest({ store }: OAuthServices, { domain }: OAuthContext, id: string): Promise<void> {
  await store.tokens.delete(domain.id, KIND, tokenHash(id));
}

/**
 * Ends a request, because it is answered now: once.
 * @throws RequestGone when it has been answered before
 */
export async function endRequest({ store }: OAuthServices, { domain }: OAuthContext, id: string): Promise<void> {
  if ((await store.tokens.take(domain.id, KIND, tokenHash(id))) === null) throw new RequestGone();
}
