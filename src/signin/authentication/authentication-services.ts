import type { KeyObject } from 'node:crypto';
import type { RequestFacts } from '../../audit/request-facts.ts';
import type { Inbox } from '../../inbox/inbox.ts';
import type { RequestContext, SecretBox } from '../../resources/request-context.ts';
import type { StoredResource } from '../../store/store.ts';
import type { SignInContext, SignInServices } from '../sign-in-services.ts';

/** What the state machine of a sign-in needs; made once. */
export interface AuthenticationServices extends SignInServices {
  readonly secrets: SecretBox;
  readonly inbox: Pick<Inbox, 'deliver' | 'relays'>;
  /**
   * The key of a certificate of the client, or of one that the domain trusts; null: there is none.
   * @param thumbprint SHA-1, base64url
   */
  certificateKey(context: SignInContext, client: AuthenticationClient, thumbprint: string): Promise<KeyObject | null>;
}

/** The OAuth client on whose behalf somebody signs in. */
export interface AuthenticationClient {
  /** App.id */
  readonly id: string;
  /** App.name, the client id. */
  readonly name: string;
}

/** What one step belongs to: the same for the API and for pages. */
export interface AuthenticationContext extends SignInContext {
  readonly client: AuthenticationClient;
  /** Where the request comes from. */
  readonly ip: string;
  /** What audit events tell of the request. */
  readonly request: RequestFacts;
  /** The languages that the person reads, the best first: tags such as `fr-CA`, lower case. */
  readonly languages: readonly string[];
  /**
   * Whether a page of the domain's own drives the machine: passkeys can be used, for which the API has no recorded form; and who sent
   * the browser looks at the application's grants (OAuth: `access_denied`, and the session stands).
   */
  readonly byPage?: boolean;
}

/** One step: what it needs, and what it belongs to. */
export interface Machine {
  readonly services: AuthenticationServices;
  readonly context: AuthenticationContext;
}

/** As much of a machine as knows the domain, and nobody in it. */
export interface DomainOfMachine {
  readonly services: Pick<AuthenticationServices, 'store'>;
  readonly context: Pick<AuthenticationContext, 'domain'>;
}

/** What the functions of factors and audit take: a request that the user makes. */
export function requestOf({ services, context }: Machine, user: StoredResource): RequestContext {
  const { store, ids, passwords, secrets, inbox } = services;
  const { domain, clock, baseUrl, log, client, request } = context;
  const display = String(user.data['displayName'] ?? user.data['userName']);
  const caller = {
    type: 'User' as const,
    id: user.id,
    ocid: user.ocid,
    display,
    roles: new Set<string>(),
    clientId: client.name,
  };
  return { domain, caller, baseUrl, store, clock, ids, passwords, secrets, log, inbox, request };
}
