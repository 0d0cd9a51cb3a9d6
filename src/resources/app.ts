import { resourceType } from '../schemas/registry.ts';
import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import { missingRequired } from '../scim/validation-errors.ts';
import { resolveCertificates } from './app-certificates.ts';
import { checkClient, checkName, isClient, refuseForbiddenHttp, settleClient } from './app-client.ts';
import { removeAppParts } from './app-parts.ts';
import { checkAppPolicies, insertAuthzPolicies, nameAuthzPolicies, removeAuthzPolicies } from './app-policies.ts';
import { deriveScopes, releaseAllowedScopes, resolveAllowedScopes } from './app-scopes.ts';
import {
  ENTERPRISE_TEMPLATE_ID,
  fillAppDefaults,
  type ShippedTemplate,
  shippedTemplate,
  templateReference,
} from './app-template.ts';
import { adminRoles, clientSecret, grantedAppRoles, grants, userRoles } from './app-views.ts';
import type { Behaviour, Draft } from './behaviour.ts';
import { BUILT_IN_APP_ID } from './built-in-app.ts';
import { grantNamedRoles, refuseNamedRoles } from './client-app-role.ts';
import { addAppMapping, removeAppMapping, settleSamlApp } from './federation/saml-app.ts';
import { refuseGatewayClient } from './gateway-client.ts';
import { accountsOfApp } from './grantee-views.ts';
import { addManagedAddresses, fillManagedApp } from './managed-app.ts';
import { removeParts } from './owned-parts.ts';
import { danglingReference } from './pipeline/dangling-reference.ts';
import { withNames } from './reference-names.ts';
import type { RequestContext } from './request-context.ts';
import { refuseStrongerApp } from './stronger-principals.ts';
import { settleWebTierPolicy } from './web-tier-policy.ts';

/*
 * Apps: OAuth clients, resource servers, SAML and enterprise applications. What is a matter of one side only is in its own
 * file: app-client (id, secret, grants, addresses), app-scopes, app-template, app-parts (what goes with an App), app-views.
 */

/** What is about an App, and goes with it. */
const USES = [
  { type: 'CloudGateMapping', path: 'gatewayApp.value' },
  { type: 'RadiusProxyMapping', path: 'radiusApp.value' },
];

/** App: see shapes.md §5 and flows.md B. */
export const appBehaviour: Behaviour = {
  type: 'App',

  async prepareCreate(context, draft) {
    const template = templateOf(draft.data);
    Object.assign(draft.data, { ...template.fixed, basedOnTemplate: templateReference(template) });
    if (isClient(draft.data) && draft.data['clientType'] === undefined) {
      draft.data['clientType'] = template.clientType ?? missing('clientType');
    }
    checkName(draft.data['name']);
    refuseForbiddenHttp(draft.data);
    fillAppDefaults(draft.data);
    settleClient(context, draft, null);
    await checkApp(context, draft, null);
    if (isEnterprise(draft.data)) {
      nameAuthzPolicies(context, draft.data);
      fillManagedApp(context, draft.data);
    }
    await settleSamlApp(context, draft.data, null);
    checkExtensions(draft.data, null);
  },

  async prepareUpdate(context, before, draft) {
    const { data } = draft;
    await refuseStrongerApp(context, context.store, before.id);
    refuseNamedRoles(draft);
    if (before.id === BUILT_IN_APP_ID && data['active'] === false) {
      throw badRequest('App.active: the built-in application cannot be deactivated.');
    }
    if (isClient(data) && data['clientType'] === undefined) data['clientType'] = missing('clientType');
    if (data['name'] !== before.data['name']) checkName(data['name']);
    if (before.data['allUrlSchemesAllowed'] === true) refuseForbiddenHttp(data);
    fillAppDefaults(data);
    // IDCS: a client whose `name` was removed gets a new one (scim.md §5); a PUT without it keeps it (main-0026).
    settleClient(context, draft, before.secret);
    await checkApp(context, draft, before.data);
    await settleSamlApp(context, data, before.data);
    checkExtensions(data, before.data);
  },

  async beforeDelete(context, session, resource, force) {
    await refuseStrongerApp(context, session, resource.id);
    // IDCS: an App must be inactive before it is deleted (schemas.md, terraform tests). That forceDelete doesn't change it is inferred.
    if (resource.data['active'] === true) {
      throw badRequest(
        `unable to delete App '${String(resource.data['displayName'])}' since it is active. Deactivate it first.`,
      );
    }
    await refuseGatewayClient(context, session, resource);
    await removeParts(context, session, resource, force, USES);
    await releaseAllowedScopes(context, session, resource, force);
    await removeAppParts(context, session, resource, force);
    await removeAuthzPolicies(context, session, resource);
    await removeAppMapping(context, session, resource);
  },

  async afterWrite(context, session, { kind, resource, draft, pipeline }) {
    if (kind === 'create' && isEnterprise(resource.data)) await insertAuthzPolicies(context, session, resource);
    if (kind === 'create' && draft !== null) await grantNamedRoles(context, session, draft, pipeline);
    if (kind !== 'delete') await addAppMapping(context, session, resource);
    // Clients are kept by every process until the epoch moves.
    await session.domains.bumpEpoch(context.domain.id);
  },

  present(context, _resource, data) {
    addManagedAddresses(context.baseUrl, data);
    return data;
  },

  computed: {
    clientSecret,
    grantedAppRoles,
    adminRoles,
    userRoles,
    grants,
    accounts: accountsOfApp,
    termsOfUse: withNames('termsOfUse', () => 'TermsOfUse'),
  },
};

async function checkApp(context: RequestContext, draft: Draft, before: JsonObject | null): Promise<void> {
  const { data } = draft;
  checkClient(data);
  // IDCS: an unmanaged App is not a managed one (shapes.md §15).
  if (data['isUnmanagedApp'] === true && data['isManagedApp'] === true) {
    throw badRequest('App.isUnmanagedApp cannot be true for a managed application.');
  }
  const aliases = Array.isArray(data['aliasApps']) ? data['aliasApps'] : [];
  if (aliases.some((alias) => isObject(alias) && alias['value'] === draft.id)) {
    throw badRequest('App.aliasApps cannot name the App itself.');
  }
  deriveScopes(data, before);
  await resolveCertificates(context, data);
  await resolveAllowedScopes(context, draft.id, data, before);
  await checkAppPolicies(context, draft, before);
  await settleWebTierPolicy(context, draft.id, data, before);
}

/** @throws ScimError 400 for an extension that Apps of the template need, by its required attributes */
function checkExtensions(data: JsonObject, before: JsonObject | null): void {
  const { basedOnTemplate } = data;
  const template = isObject(basedOnTemplate) ? shippedTemplate(String(basedOnTemplate['value'])) : undefined;
  for (const urn of template?.needs ?? []) {
    if (isObject(data[urn]) || (before !== null && !isObject(before[urn]))) continue;
    const needed = resourceType('App').attributes.filter(({ extension, required }) => extension === urn && required);
    throw missingRequired(needed.map(({ path }) => path));
  }
}

function isEnterprise({ basedOnTemplate }: JsonObject): boolean {
  return isObject(basedOnTemplate) && basedOnTemplate['value'] === ENTERPRISE_TEMPLATE_ID;
}

function templateOf(data: JsonObject): ShippedTemplate {
  const { basedOnTemplate } = data;
  const value = isObject(basedOnTemplate) ? basedOnTemplate['value'] : undefined;
  if (typeof value !== 'string') return missing('basedOnTemplate.value');
  const template = shippedTemplate(value);
  if (template === undefined) throw danglingReference(resourceType('App'), 'basedOnTemplate', 'AppTemplate', value);
  return template;
}

function missing(attribute: string): never {
  throw missingRequired([attribute]);
}
