import { resourceType } from '../../schemas/registry.ts';
import type { StoredResource } from '../../store/store.ts';
import type { Draft } from '../behaviour.ts';
import { danglingReference } from '../pipeline/dangling-reference.ts';
import type { RequestContext } from '../request-context.ts';
import { required } from '../required-value.ts';
import { refuseStrongerUser } from '../stronger-principals.ts';
import { callingUser, namedCaller, namedUser } from './my-user.ts';

/*
 * Whose second factors a function is about. AuthenticationFactorEnroller, …Initiator and …Validator are an administrator's, for
 * the user whom the body names; their My… twins are of the same schema and for the caller. IDCS: approles.json has the endpoints and
 * who may POST to them; that a body names its user by the schema's own attributes is inferred.
 */

/** A function's type, and the user whom a request to it is about. */
export interface FactorFunction {
  readonly type: string;
  /** @throws ScimError 400 or 401 when there is no such user, or not for the caller */
  owner(context: RequestContext, draft: Draft): Promise<StoredResource>;
}

/** Users for themselves; a body with `user` names the caller there. */
export function ownFactors(type: string): FactorFunction {
  return {
    type,
    owner: (context, { data }) =>
      resourceType(type).core('user') === undefined
        ? callingUser(context, type)
        : namedCaller(context, type, data['user']),
  };
}

/** An administrator for a user: the one of `user`, else of `userId`, else of `userName`, as the schema has them. */
export function administeredFactors(type: string): FactorFunction {
  return {
    type,
    async owner(context, draft) {
      const user =
        resourceType(type).core('user') === undefined
          ? await userByKey(context, type, draft)
          : await namedUser(context, type, draft.data['user']);
      await refuseStrongerUser(context, user.id);
      return user;
    },
  };
}

async function userByKey({ store, domain }: RequestContext, type: string, draft: Draft): Promise<StoredResource> {
  const { userId } = draft.data;
  const name = userId === undefined ? 'userName' : 'userId';
  const key = String(required(draft, name));
  const user =
    name === 'userId'
      ? await store.resources.read(domain.id, 'User', key)
      : await store.resources.readByName(domain.id, 'User', key);
  if (user === null) throw danglingReference(resourceType(type), name, 'User', key);
  return user;
}
