import { badRequest } from '../scim/errors.ts';
import { isObject, type JsonObject } from '../scim/json.ts';
import type { Behaviour } from './behaviour.ts';
import { mirrorBranding } from './branding-settings.ts';
import { claimsFromSettings } from './custom-claim-mirror.ts';
import { checkCustomClaim } from './custom-claim-rules.ts';

/** Settings: one row a domain (id `Settings`), which tokens, keys and discovery read on every call through the domain. */
export const settingsBehaviour: Behaviour = {
  type: 'Settings',

  async prepareUpdate(_context, before, draft) {
    const { data } = draft;
    checkIssuer(data);
    checkAddresses(data);
    checkTimezone(data);
    checkClaims(data);
    // Inferred from the name (no source says who writes it): prevIssuer is what the issuer was before.
    const old = before.data['issuer'];
    if (typeof old === 'string' && old !== data['issuer']) data['prevIssuer'] = old;
  },

  async afterWrite(context, session, { resource }) {
    await mirrorBranding(context, session, resource);
    await claimsFromSettings(context, session, resource.data);
    // Domain.settings is kept by every process until the epoch moves.
    await session.domains.bumpEpoch(context.domain.id);
  },
};

/** An issuer is what clients compare, letter by letter: it must be an absolute URL to be one in OpenID (Core §2). */
function checkIssuer({ issuer }: JsonObject): void {
  if (issuer === undefined) return;
  if (typeof issuer !== 'string' || !isUrl(issuer, /^https?:$/) || /[?#]/.test(issuer)) {
    throw badRequest('Settings.issuer must be an absolute http or https URL without query and fragment.');
  }
}

function checkAddresses(data: JsonObject): void {
  for (const name of ['termsOfUseUrl', 'privacyPolicyUrl', 'cloudMigrationCustomUrl']) {
    const value = data[name];
    if (typeof value === 'string' && value !== '' && !isUrl(value, /^https?:$/)) {
      throw badRequest(`Settings.${name} must be an absolute URL.`);
    }
  }
  for (const name of ['allowedForgotPasswordFlowReturnUrls', 'allowedNotificationRedirectUrls']) {
    for (const value of list(data[name])) {
      if (typeof value !== 'string' || !isUrl(value, /:$/))
        throw badRequest(`Settings.${name} must be absolute URLs: ${String(value)}.`);
    }
  }
  for (const value of list(data['contactEmails'])) {
    if (typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)) continue;
    // IDCS: the blank before the full stop is the service's (errors.tsv).
    throw badRequest(
      `"${String(value)}" is an invalid format for an email address . The format must be compliant with RFC 5322.`,
      'error.common.validation.invalidEmailFormat',
    );
  }
}

/** Values come from AllowedValues `timezones`, which this build lacks; the names of the tz database stand in for them (inferred). */
function checkTimezone({ timezone }: JsonObject): void {
  if (typeof timezone !== 'string') return;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw badRequest(`Settings.timezone ${timezone} is not a time zone.`);
  }
}

/** The same rules as for CustomClaims, which show the same claims. Names are unique (idcsCompositeKey). */
function checkClaims(data: JsonObject): void {
  const names = new Set<string>();
  for (const claim of list(data['tenantCustomClaims'])) {
    if (!isObject(claim)) continue;
    const name = String(claim['name']).toLowerCase();
    if (names.has(name)) throw badRequest(`Settings.tenantCustomClaims has ${String(claim['name'])} twice.`);
    names.add(name);
    checkCustomClaim(claim, 'Settings.tenantCustomClaims');
  }
}

function isUrl(value: string, protocol: RegExp): boolean {
  try {
    return protocol.test(new URL(value).protocol);
  } catch {
    return false;
  }
}

function list(value: JsonObject[string] | undefined): readonly JsonObject[string][] {
  return Array.isArray(value) ? value : [];
}
