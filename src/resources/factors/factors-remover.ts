import { ALL_OF_MFA, type Removal, removeFactors } from '../../factors/factor-removal.ts';
import type { StoredResource } from '../../store/store.ts';
import type { ActionResult, Behaviour, Draft } from '../behaviour.ts';
import type { RequestContext } from '../request-context.ts';
import { refuseStrongerUser } from '../stronger-principals.ts';
import { functionMeta, namedCaller, namedUser, userReference } from './my-user.ts';

/*
 * Takes a user's second factors away: devices, bypass codes, answers. An administrator for who has lost the phone, users for
 * themselves.
 */

/** AuthenticationFactorsRemover. */
export const factorsRemoverBehaviour: Behaviour = {
  type: 'AuthenticationFactorsRemover',
  actions: {
    async create(context, draft) {
      const user = await namedUser(context, 'AuthenticationFactorsRemover', draft.data['user']);
      await refuseStrongerUser(context, user.id);
      return remove(context, draft, user, 'AuthenticationFactorsRemover');
    },
  },
};

/** MyAuthenticationFactorsRemover. */
export const myFactorsRemoverBehaviour: Behaviour = {
  type: 'MyAuthenticationFactorsRemover',
  actions: {
    async create(context, draft) {
      const user = await namedCaller(context, 'MyAuthenticationFactorsRemover', draft.data['user']);
      return remove(context, draft, user, 'MyAuthenticationFactorsRemover');
    },
  },
};

/** What each `type` takes away. Inferred from the names; without one everything goes (flows.md C4). */
const TAKEN: { readonly [type: string]: Removal } = {
  MFA: ALL_OF_MFA,
  ACCOUNTRECOVERY: { answers: true, recovery: true },
  KMSI: { agents: ['KMSI'] },
  ALL: { ...ALL_OF_MFA, agents: ['TRUSTED', 'KMSI'] },
};

async function remove(
  context: RequestContext,
  draft: Draft,
  user: StoredResource,
  typeName: string,
): Promise<ActionResult> {
  const type = typeof draft.data['type'] === 'string' ? draft.data['type'] : 'ALL';
  await removeFactors(context, user.id, TAKEN[type] ?? TAKEN['ALL']!);
  const { token: _, ...shown } = draft.data;
  const answer = { ...shown, user: userReference(context, typeName, user), meta: functionMeta(context, typeName) };
  return { status: 201, locationKey: null, data: answer };
}
