import type { PendingEvent } from '../audit/function-event.ts';
import type { RequestFacts } from '../audit/request-facts.ts';
import type { Clock } from '../clock.ts';
import type { Domain } from '../domains/domain.ts';
import type { IdSource } from '../ids.ts';
import type { Inbox } from '../inbox/inbox.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { PasswordHasher } from './password-hasher.ts';

/** Who makes a request: the subject of its token. */
export interface Caller {
  readonly type: 'User' | 'App';
  readonly id: string;
  readonly ocid: string | null;
  readonly display: string;
  /** userName of a user, App.name of an App: what audit events call them; absent: as `display`. */
  readonly name?: string;
  /** Display names of the AppRoles that count for this request: the client's, narrowed to the user's where there is one. */
  readonly roles: ReadonlySet<string>;
  /** The client that the token was issued to (App.name); null for the emulator itself. */
  readonly clientId: string | null;
}

export type { Log } from '../log.ts';

/** Everything that serving one SCIM request needs; made by src/http, used by the pipeline and the behaviours. */
export interface RequestContext {
  readonly domain: Domain;
  readonly caller: Caller;
  /** Public address of the domain without a trailing slash: `http://127.0.0.1:8080`, `http://HOST/_domains/alpha`. */
  readonly baseUrl: string;
  readonly store: Store;
  /** The domain's clock. */
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly passwords: PasswordHasher;
  readonly secrets: SecretBox;
  readonly log: Log;
  /** The service itself writes this inside another's request: values that no client may name are allowed. */
  readonly byService?: boolean;
  /** Somebody registers (POST /Me): `unconfirmed` waits until the mail address is. */
  readonly registers?: 'confirmed' | 'unconfirmed';
  /** Takes mails to users; absent: nobody is told (seeds, a domain's birth). */
  readonly inbox?: Pick<Inbox, 'deliver' | 'relays'>;
  /** What audit events tell of the HTTP request; absent: there is none, and nothing is recorded. */
  readonly request?: RequestFacts | undefined;
  /** The audit event of the function that this is (pipeline/action.ts). */
  readonly event?: PendingEvent | undefined;
}

/** Encrypts what must be shown again (client secrets), with the installation's key (IDCS_SECRET_KEY): AES-256-GCM. */
export interface SecretBox {
  seal(plain: string): string;
  /** @throws Error when the text was not sealed with this key */
  open(sealed: string): string;
}
