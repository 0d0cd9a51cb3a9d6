/*
 * How far a sign-in has come. It is all that is known between two steps, and travels with the client as `requestState`.
 */

/** What the next step has to be about. */
export type Stage =
  /** A user name with a password; or alone, which leads to `challenge`. */
  | { readonly kind: 'identify' }
  /** The user has named themself, and gives the password next. Nothing says whether there is such a user. */
  | { readonly kind: 'password'; readonly userName: string }
  | Challenge
  | Enrollment
  | { readonly kind: 'terms'; readonly termsOfUseId: string; readonly statementId: string; readonly locale: string };

/** A factor is asked for. */
export interface Challenge {
  readonly kind: 'challenge';
  /** `first`: in the place of a password. */
  readonly as: 'first' | 'second';
  /** The factor that is asked; null: any of those that `getBackupFactors` has listed. */
  readonly factor: string | null;
  readonly deviceId: string | null;
  /** Names the question that was put (src/factors); null: none was put yet. */
  readonly requestId: string | null;
  /** Ids of the security questions that were put. */
  readonly questions: readonly string[];
  /** Whether the user has looked at the other factors: a wrong answer then offers all of them again (authn-0131). */
  readonly listed: boolean;
  /** Whether the user wants the factor to be the preferred one. */
  readonly prefer: boolean;
}

/** Factors are offered for enrolling. */
export interface Enrollment {
  readonly kind: 'enrollment';
  /** `recovery`: to get back into the account with; `mfa`: to sign in with. */
  readonly purpose: 'mfa' | 'recovery';
  /** Whether there is no token without. */
  readonly required: boolean;
  /** Factors that were enrolled meanwhile. */
  readonly done: readonly string[];
  /** What was begun; null: nothing. */
  readonly pending: PendingEnrollment | null;
}

export interface PendingEnrollment {
  readonly factor: string;
  readonly deviceId: string | null;
  readonly requestId: string | null;
  /** A phone finishes it by itself: the client asks whether it has. */
  readonly polled: boolean;
  readonly displayName: string | null;
}

/** A second factor was proved, enrolled or left out; account recovery was enrolled or left out; the terms of use were agreed to. */
export type Settled = 'second' | 'recovery' | 'terms';

export interface AuthenticationState {
  /**
   * App.id of the client that began, and alone can go on; null: the domain began, for a page of somebody else's, and the first
   * client that comes with it goes on.
   */
  readonly clientId: string | null;
  /** App.id of the application that is signed in to; null: the client itself. */
  readonly appId: string | null;
  /** Where the browser goes on with the session: a path of the domain's; null: nothing waits. */
  readonly continueTo: string | null;
  readonly stage: Stage;
  /** User.id of who has proved something. */
  readonly userId: string | null;
  /** The factors that were proved, in order: USERNAME_PASSWORD, SMS ... */
  readonly proved: readonly string[];
  /** What need not be looked at again. */
  readonly settled: readonly Settled[];
  /** Account recovery was asked for in this sign-in. */
  readonly asksRecovery: boolean;
  /** The user wants to stay signed in on this device, under that name. */
  readonly staySignedIn: { readonly device: string } | null;
  /** The name of the device that the user trusts from now on. */
  readonly trust: string | null;
}

/** A sign-in that begins. */
export function beginningState(
  begun: Pick<AuthenticationState, 'clientId' | 'appId' | 'continueTo'>,
): AuthenticationState {
  return {
    ...begun,
    stage: { kind: 'identify' },
    userId: null,
    proved: [],
    settled: [],
    asksRecovery: false,
    staySignedIn: null,
    trust: null,
  };
}
