import type { FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { BirthServices } from '../domains/birth-services.ts';
import type { Domain } from '../domains/domain.ts';
import type { DomainRegistry } from '../domains/registry.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { Log } from '../log.ts';
import type { KeyRotation } from '../oauth/keys/key-rotation.ts';
import type { OAuthServices } from '../oauth/token/token-request.ts';
import type { Store } from '../store/store.ts';
import type { GuardRules } from './guard.ts';

/** What a request is about, as far as the control plane asks. */
export interface ControlContext {
  readonly domain: Domain;
  readonly clock: Clock;
  /** Public address of the domain, without a trailing slash. */
  readonly baseUrl: string;
  readonly log: Log;
}

/** Everything that the control plane's routes need; made by the composition root. */
export interface ControlServices extends GuardRules {
  readonly store: Store;
  readonly registry: DomainRegistry;
  readonly birth: BirthServices;
  readonly inbox: Inbox;
  readonly keyRotation: Pick<KeyRotation, 'list' | 'rotate' | 'retire'>;
  readonly oauth: OAuthServices;
  readonly version: string;
  /** Calls of routes that are not built, most frequent first. */
  readonly notBuilt: { list(): readonly { readonly route: string; readonly calls: number }[] };
  /** Whether requests can be served and all seeds are applied. */
  readonly ready: () => boolean;
  /** PEM of our own CA; null when HTTPS does not run on it. */
  readonly caPem: () => string | null;
  /** The domain that a request is for. Health and ca.pem never ask. */
  readonly contextOf: (request: FastifyRequest) => ControlContext;
}
