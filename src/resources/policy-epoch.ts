import type { Behaviour } from './behaviour.ts';

/** After a write of what policies are made of: every process keeps them as they are evaluated, until the epoch moves. */
export const movePolicies: NonNullable<Behaviour['afterWrite']> = async (context, session) => {
  await session.domains.bumpEpoch(context.domain.id);
};
