import type { StoredResource } from '../../store/store.ts';
import type { Machine } from './authentication-services.ts';
import type { AuthenticationState, Challenge } from './authentication-state.ts';
import type { SignOnTerms } from './sign-on-terms.ts';
import type { UserFactors } from './user-factors.ts';

/** What a step about factors needs to know. */
export interface Asked {
  readonly machine: Machine;
  readonly user: StoredResource;
  readonly state: AuthenticationState & { readonly stage: Challenge };
  readonly terms: SignOnTerms;
  readonly factors: UserFactors;
}
