import { resourceType } from '../../schemas/registry.ts';
import { badRequest } from '../../scim/errors.ts';
import { isObject, type JsonObject, type JsonValue } from '../../scim/json.ts';
import { missingRequired } from '../../scim/validation-errors.ts';
import type { StoredResource, StoreSession } from '../../store/store.ts';
import { equals } from '../app-parts.ts';
import type { Behaviour } from '../behaviour.ts';
import { MOST_NAMED, referenced } from '../data-references.ts';
import { danglingReference } from '../pipeline/dangling-reference.ts';
import type { RequestContext } from '../request-context.ts';
import { openValues, sealValues } from '../sealed-values.ts';

/*
 * Identity proofing: services that vouch for who a person is. A template says what a service needs to be told; a provider is a service
 * as a domain uses it. No service is called.
 */

const PROVIDER = 'IdentityProofingProvider';
const TEMPLATE = 'IdentityProofingProviderTemplate';

/** IdentityProofingProvider. IDCS: schema reference: `provider` is one of the templates' (idcsCanonicalValueSourceResourceType). */
export const identityProofingProviderBehaviour: Behaviour = {
  type: PROVIDER,

  async prepareCreate(context, { data }) {
    await settle(context, data, null);
  },

  async prepareUpdate(context, before, { data }) {
    await settle(context, data, before.data);
  },

  present(context, _resource, data) {
    openValues(context.secrets, resourceType(PROVIDER), data);
    return data;
  },
};

/** IdentityProofingProviderTemplate: stays as long as a provider is made after it, unless it is forced out. */
export const identityProofingProviderTemplateBehaviour: Behaviour = {
  type: TEMPLATE,

  async beforeDelete(context, session, resource, force) {
    if (force) return;
    const rows = await providersOf(context, session, String(resource.data['provider']), MOST_NAMED + 1);
    if (rows.length > 0)
      throw referenced(
        resource,
        PROVIDER,
        rows.map(({ data }) => String(data['name'])),
      );
  },
};

/**
 * VerificationClaim: the claims that a service can verify. The real service asks it; here they are those that the domain's providers of
 * that service map.
 */
export const verificationClaimBehaviour: Behaviour = {
  type: 'VerificationClaim',
  actions: {
    async create(context, { data }) {
      const oidcProvider = String(data['oidcProvider']);
      if ((await templateOf(context, oidcProvider)) === null) {
        throw danglingReference(resourceType('VerificationClaim'), 'oidcProvider', TEMPLATE, oidcProvider);
      }
      const rows = await providersOf(context, context.store, oidcProvider, MOST_PROVIDERS);
      const claims = rows.flatMap((row) => namesIn(row.data['claimMapping'], 'verifiableClaim'));
      return { status: 201, locationKey: null, data: { oidcProvider, verifiableClaims: [...new Set(claims)] } };
    },
  },
};

const MOST_PROVIDERS = 1000;

async function settle(context: RequestContext, data: JsonObject, before: JsonObject | null): Promise<void> {
  const provider = String(data['provider']);
  if (provider !== before?.['provider']) {
    const template = await templateOf(context, provider);
    if (template === null) throw danglingReference(resourceType(PROVIDER), 'provider', TEMPLATE, provider);
    checkConfiguration(data, namesIn(template.data['configuration'], 'name'));
  }
  sealValues(context.secrets, resourceType(PROVIDER), data, before);
}

/** What a template lists has to be given, and nothing else; one that lists nothing asks for nothing in particular. */
function checkConfiguration(data: JsonObject, wanted: readonly string[]): void {
  if (wanted.length === 0) return;
  const given = namesIn(data['configuration'], 'name');
  const unknown = given.find((name) => !wanted.includes(name));
  if (unknown !== undefined) {
    throw badRequest(
      `${PROVIDER}.configuration has ${unknown}, which its template does not list: ${wanted.join(', ')}.`,
    );
  }
  const missing = wanted.filter((name) => !given.includes(name));
  if (missing.length > 0) throw missingRequired(missing.map((name) => `configuration.${name}`));
}

async function templateOf({ store, domain }: RequestContext, provider: string): Promise<StoredResource | null> {
  return await store.resources.readByName(domain.id, TEMPLATE, provider);
}

async function providersOf(
  context: RequestContext,
  session: Pick<StoreSession, 'resources'>,
  provider: string,
  limit: number,
): Promise<readonly StoredResource[]> {
  const filter = equals(PROVIDER, 'provider', provider);
  const query = { type: resourceType(PROVIDER), filter, sortBy: null, descending: false, offset: 0, limit };
  return (await session.resources.search(context.domain.id, query)).resources;
}

function namesIn(list: JsonValue | undefined, member: string): string[] {
  return (Array.isArray(list) ? list : []).filter(isObject).map((entry) => String(entry[member]));
}
