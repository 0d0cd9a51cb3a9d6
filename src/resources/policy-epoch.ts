import type { Behaviour } from './behaviour.ts';
import { consentToChange } from './oci-console-policy.ts';

/** After a write of what policies are made of: every process keeps them as they are evaluated, until the epoch moves. */
export const movePolicies: NonNullable<Behaviour['afterWrite']> = async (
  context,
  session,
  { kind, resource, draft },
) => {
  await session.domains.bumpEpoch(context.domain.id);
  if (kind === 'update') await consentToChange(context, session, resource, draft);
};
