import { resourceType } from '../schemas/registry.ts';
import type { Filter } from '../scim/filter-ast.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { equals } from './app-parts.ts';
import type { ComputedAttribute } from './behaviour.ts';
import { ownerOf } from './user-credential.ts';
import { USER_URN } from './user-urns.ts';

/*
 * What users show of their credentials: references to them. One statement a type for a page.
 */

const MFA = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:mfa:User';
const USER_CREDENTIALS = 'urn:ietf:params:scim:schemas:oracle:idcs:extension:userCredentials:User';

/** Credentials of one type that a page shows at most. */
const MOST = 10_000;

/** The views, by path: `urn:…:userCredentials:User:apiKeys` and its kin, and `supportAccounts`. */
export const credentialViews: { readonly [path: string]: ComputedAttribute } = {
  [`${USER_CREDENTIALS}:apiKeys`]: viewOf('ApiKey', ['key']),
  [`${USER_CREDENTIALS}:authTokens`]: viewOf('AuthToken', []),
  [`${USER_CREDENTIALS}:customerSecretKeys`]: viewOf('CustomerSecretKey', []),
  [`${USER_CREDENTIALS}:dbCredentials`]: viewOf('UserDbCredentials', []),
  [`${USER_CREDENTIALS}:oAuth2ClientCredentials`]: viewOf('OAuth2ClientCredential', []),
  [`${USER_CREDENTIALS}:smtpCredentials`]: viewOf('SmtpCredential', []),
  [`${MFA}:bypassCodes`]: viewOf('BypassCode', []),
  [`${MFA}:devices`]: viewOf(
    'MyDevice',
    ['displayName', 'status', 'lastSyncTime', 'authenticationFactors'],
    deviceElements,
  ),
  [`${USER_URN}:supportAccounts`]: viewOf('SupportAccount', ['provider', 'userId']),
};

/**
 * @param shown attributes of the credential that stand beside its id and OCID
 * @param elementsOf makes of them what the user shows
 */
function viewOf(
  type: string,
  shown: readonly string[],
  elementsOf: (element: JsonObject) => readonly JsonObject[] = (element) => [element],
): ComputedAttribute {
  return {
    async load(context, session, users) {
      const filters = users.map(({ id }) => equals(type, 'user.value', id));
      const filter: Filter = filters.length === 1 ? filters[0]! : { op: 'or', filters };
      const query = { type: resourceType(type), filter, sortBy: null, descending: false, offset: 0, limit: MOST };
      const views = new Map<string, JsonObject[]>();
      for (const { id, ocid, data } of (await session.resources.search(context.domain.id, query)).resources) {
        const element: JsonObject = { value: id };
        if (ocid !== null) element['ocid'] = ocid;
        for (const name of shown) if (data[name] !== undefined) element[name] = data[name];
        const owner = ownerOf(data);
        views.set(owner, [...(views.get(owner) ?? []), ...elementsOf(element)]);
      }
      return views;
    },
  };
}

/** A device once for each of its factors. */
function deviceElements({ displayName, authenticationFactors, ...rest }: JsonObject): readonly JsonObject[] {
  const display: JsonObject = displayName === undefined ? {} : { display: displayName };
  const factors = Array.isArray(authenticationFactors) ? authenticationFactors.filter(isObject) : [];
  return factors.map((factor) => ({
    ...rest,
    ...display,
    factorType: factor['type'] ?? null,
    factorStatus: factor['status'] ?? null,
  }));
}
