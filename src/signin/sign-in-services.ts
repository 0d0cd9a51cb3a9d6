import type { FastifyRequest } from 'fastify';
import type { RequestFacts } from '../audit/request-facts.ts';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import type { IdSource } from '../ids.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { Log } from '../log.ts';
import type { PasswordHasher } from '../resources/password-hasher.ts';
import type { SecretBox } from '../resources/request-context.ts';
import type { Store } from '../store/store.ts';

/** What signing in needs; made once. */
export interface SignInServices {
  readonly store: Store;
  readonly ids: IdSource;
  readonly passwords: PasswordHasher;
  /** Takes mails to users; absent: nobody is told. */
  readonly inbox?: Pick<Inbox, 'deliver' | 'relays'>;
  /** Seals what is mailed; absent: mails have no links. */
  readonly secrets?: SecretBox;
  /** `IDCS_DEV_LOGIN`: the sign-in page lists users, and a click signs one in. */
  readonly devLogin: boolean;
}

/** What the routes of signing in need. */
export interface SignInRouteServices extends SignInServices {
  readonly secrets: SecretBox;
  readonly inbox: Pick<Inbox, 'deliver' | 'relays'>;
  contextOf(request: FastifyRequest): SignInContext;
}

/** What one request of a browser belongs to. */
export interface SignInContext {
  readonly domain: Domain;
  /** The domain's clock. */
  readonly clock: Clock;
  /** Public address of the domain, without a trailing slash. */
  readonly baseUrl: string;
  readonly log: Log;
  /** What audit events tell of the HTTP request. */
  readonly request?: RequestFacts | undefined;
}
