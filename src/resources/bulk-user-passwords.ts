import { badRequest } from '../scim/errors.ts';
import type { JsonValue } from '../scim/json.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import type { ActionResult, Behaviour, Draft } from './behaviour.ts';
import { mailReset, resetPassword } from './password-reset.ts';
import type { RequestContext } from './request-context.ts';
import { requiredText } from './required-value.ts';
import { setKnownPassword } from './user-password-changer.ts';

/** A hash takes 30 ms of a core: more would hold a connection for too long. Inferred: as many as a Bulk has operations. */
const MOST_USERS = 1000;
const DONE: ActionResult = { status: 201, locationKey: null, data: {} };

/** BulkUserPasswordChanger: one password for many users (main-0175). Ends at the first that fails; those before it are changed. */
export const bulkUserPasswordChangerBehaviour: Behaviour = {
  type: 'BulkUserPasswordChanger',
  actions: {
    async create(context, draft) {
      requiredText(draft, 'password');
      for (const id of await usersOf(context, draft)) await setKnownPassword(context, id, draft);
      return DONE;
    },
  },
};

/** BulkUserPasswordResetter: a random password and a mail for each of many users. */
export const bulkUserPasswordResetterBehaviour: Behaviour = {
  type: 'BulkUserPasswordResetter',
  actions: {
    async create(context, draft) {
      for (const id of await usersOf(context, draft)) await mailReset(context, await resetPassword(context, id));
      return DONE;
    },
  },
};

/** The ids, all of them of users that exist: a mistake is found before anything changes. @throws ScimError 400 */
async function usersOf({ store, domain }: RequestContext, draft: Draft): Promise<readonly string[]> {
  const named = texts(draft.transient.get('userIds'));
  if (named.length === 0) throw missingRequired(['userIds']);
  if (named.length > MOST_USERS) throw badRequest(`userIds can name ${MOST_USERS} users at most.`);
  const found = await store.resources.resolve(
    domain.id,
    named.map((key) => ({ type: 'User', key })),
  );
  const ids = named.map((key) => {
    const user = found.get(`User:${key}`);
    if (user === undefined) {
      throw badRequest(
        `userIds: there is no User ${key.slice(0, 100)}.`,
        'error.common.validation.invalidReferenceResource',
      );
    }
    return user.id;
  });
  return [...new Set(ids)];
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
