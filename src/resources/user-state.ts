import type { JsonObject, JsonValue } from '../scim/json.ts';
import type { StoredResource, StoreSession } from '../store/store.ts';
import { type ApplicablePolicy, applicablePasswordPolicy } from './applicable-password-policy.ts';
import type { ComputedAttribute } from './behaviour.ts';
import { isExpired, isLocked, isLockedAt } from './login-attempt.ts';
import type { RequestContext } from './request-context.ts';
import { readUserSecret, type UserSecret } from './user-secret.ts';
import { PASSWORD_STATE_URN, USER_STATE_URN } from './user-urns.ts';

/*
 * `…passwordState:User` and the request-only parts of `…userState:User`: views of the secret state, which sign-ins change
 * without a new version of the user.
 */

type View = (secret: UserSecret) => JsonValue | null;

const VIEWS: Readonly<Record<string, View>> = {
  [`${PASSWORD_STATE_URN}:mustChange`]: (secret) => secret.mustChange,
  [`${PASSWORD_STATE_URN}:cantChange`]: (secret) => secret.cantChange,
  [`${PASSWORD_STATE_URN}:cantExpire`]: (secret) => secret.cantExpire,
  [`${PASSWORD_STATE_URN}:lastSuccessfulSetDate`]: (secret) => date(secret.setAt),
  [`${PASSWORD_STATE_URN}:lastSuccessfulValidationDate`]: (secret) => date(secret.lastSuccessfulValidation),
  [`${PASSWORD_STATE_URN}:lastFailedValidationDate`]: (secret) => date(secret.lastFailedValidation),
  [`${USER_STATE_URN}:lastSuccessfulLoginDate`]: (secret) => date(secret.lastSuccessfulLogin),
  [`${USER_STATE_URN}:previousSuccessfulLoginDate`]: (secret) => date(secret.previousSuccessfulLogin),
  [`${USER_STATE_URN}:lastFailedLoginDate`]: (secret) => date(secret.lastFailedLogin),
  [`${USER_STATE_URN}:loginAttempts`]: (secret) => secret.loginAttempts,
};

/** The computed attributes, by path. */
export const passwordAndLoginState: Readonly<Record<string, ComputedAttribute>> = {
  ...Object.fromEntries(Object.entries(VIEWS).map(([path, view]) => [path, secretView(view)])),
  [`${PASSWORD_STATE_URN}:expired`]: {
    load: async (context, session, resources) => {
      const secrets = await secretsOf(context, session, resources);
      const now = context.clock.now();
      return byUser(context, resources, (policy, id) =>
        isExpired(readUserSecret(secrets.get(id) ?? null), policy, now),
      );
    },
  },
  // The row says `locked.on` until the next attempt. No statement for users who are not locked.
  [`${USER_STATE_URN}:locked`]: {
    load: async ({ store, domain, clock }, _session, resources) => {
      const values = new Map<string, JsonValue>();
      const now = clock.now();
      for (const { id, data } of resources) {
        if (isLocked(data) && !isLockedAt(data, await applicablePasswordPolicy(store, domain, id), now))
          values.set(id, { on: false });
      }
      return values;
    },
  },
  [`${PASSWORD_STATE_URN}:applicablePasswordPolicy`]: {
    load: (context, _session, resources) =>
      byUser(context, resources, ({ id, name, data }) => ({
        value: id,
        display: name,
        ...(data['priority'] === undefined ? {} : { priority: data['priority'] }),
      })),
  },
};

function secretView(view: View): ComputedAttribute {
  return {
    async load(context, session, resources) {
      const secrets = await secretsOf(context, session, resources);
      const values = new Map<string, JsonValue>();
      for (const { id } of resources) {
        const value = view(readUserSecret(secrets.get(id) ?? null));
        if (value !== null) values.set(id, value);
      }
      return values;
    },
  };
}

type Secrets = ReadonlyMap<string, JsonObject | null>;
// The views of one page ask one after the other; the page's array is theirs alone, so it names the page.
const pages = new WeakMap<readonly StoredResource[], Promise<Secrets>>();

function secretsOf(
  context: RequestContext,
  session: StoreSession,
  resources: readonly StoredResource[],
): Promise<Secrets> {
  let secrets = pages.get(resources);
  if (secrets === undefined) {
    const ids = resources.map((resource) => resource.id);
    secrets = session.resources.readSecrets(context.domain.id, 'User', ids);
    pages.set(resources, secrets);
  }
  return secrets;
}

async function byUser(
  context: RequestContext,
  resources: readonly StoredResource[],
  view: (policy: ApplicablePolicy, userId: string) => JsonValue,
): Promise<ReadonlyMap<string, JsonValue>> {
  const values = new Map<string, JsonValue>();
  for (const { id } of resources) {
    values.set(id, view(await applicablePasswordPolicy(context.store, context.domain, id), id));
  }
  return values;
}

function date(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
