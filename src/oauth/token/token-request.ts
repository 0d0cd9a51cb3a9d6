import type { X509Certificate } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { RequestFacts } from '../../audit/request-facts.ts';
import type { Clock } from '../../clock.ts';
import type { Domain } from '../../domains/domain.ts';
import { formBody } from '../../form-body.ts';
import type { IdSource } from '../../ids.ts';
import type { Inbox } from '../../inbox/inbox.ts';
import type { Log } from '../../log.ts';
import type { PasswordHasher } from '../../resources/password-hasher.ts';
import type { SecretBox } from '../../resources/request-context.ts';
import type { Store } from '../../store/store.ts';
import type { KeyRing } from '../keys/key-ring.ts';
import { OAuthError } from './oauth-error.ts';

/** What the OAuth routes need; made once. */
export interface OAuthServices {
  readonly store: Store;
  readonly keys: KeyRing;
  readonly passwords: PasswordHasher;
  /** Takes mails to users; absent: nobody is told. */
  readonly inbox?: Pick<Inbox, 'deliver' | 'relays'>;
  readonly ids: IdSource;
  readonly secrets: SecretBox;
  /** Strict OpenID mode (`IDCS_ISSUER=domain`). */
  readonly strictIssuer: boolean;
  /** `IDCS_DEV_LOGIN`: the sign-in page lists users, and a click signs one in. */
  readonly devLogin: boolean;
  /** The port for client certificates, once it is open (`IDCS_MTLS_PORT`); null: there is none. */
  readonly mtlsPort: () => number | null;
  contextOf(request: FastifyRequest): OAuthContext;
}

/** What one request to the OAuth routes belongs to. */
export interface OAuthContext {
  readonly domain: Domain;
  /** The domain's clock. */
  readonly clock: Clock;
  /** Public address of the domain, without a trailing slash. */
  readonly baseUrl: string;
  readonly log: Log;
  /** What audit events tell of the HTTP request. */
  readonly request?: RequestFacts | undefined;
  /** The client certificate of the connection, if it is one of the port for those and shows any (RFC 8705). */
  readonly clientCertificate?: X509Certificate | null;
  /** SHA-256 thumbprint, base64url, of the certificate that authenticated the client: its access tokens are bound to it. */
  readonly boundTo?: string;
}

/** Parameters of the form, each sent at most once. */
export type TokenForm = ReadonlyMap<string, string>;

/**
 * Reads the form of a token request.
 * @throws OAuthError invalid_request for a repeated parameter (RFC 6749 §3.2) or a body that is no form
 */
export function readForm(request: Pick<FastifyRequest, 'body' | 'headers'>): TokenForm {
  const body = formBody(request);
  if (body === null) throw noForm();
  const form = new Map<string, string>();
  for (const [name, value] of Object.entries(body)) {
    if (typeof value !== 'string') {
      throw new OAuthError('invalid_request', `The parameter ${name} is sent more than once.`);
    }
    // RFC 6749 §3.2: a parameter without a value counts as left out.
    if (value !== '') form.set(name, value);
  }
  return form;
}

/** The error for a body that is no form. */
export function noForm(): OAuthError {
  return new OAuthError('invalid_request', 'Send the parameters as application/x-www-form-urlencoded in the body.');
}

/** @throws OAuthError invalid_request when the parameter is missing */
export function required(form: TokenForm, name: string): string {
  const value = form.get(name);
  if (value !== undefined) return value;
  throw new OAuthError('invalid_request', `The parameter ${name} is missing.`);
}
