import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toLines } from '../../scripts/json-lines.ts';
import {
  knownEndpoints,
  resourceType,
  resourceTypeByEndpoint,
  resourceTypeByPath,
  resourceTypeNames,
} from '../../src/schemas/registry.ts';
import { convertValue } from '../../src/scim/attribute-value.ts';
import type { Attribute, ResourceType } from '../../src/scim/schema.ts';

const ORACLE = 'urn:ietf:params:scim:schemas:oracle:idcs:extension';

/** Types whose schema the reference does not print say so in their file. */
function isWrittenByHand(name: string): boolean {
  return generatorOf(name).startsWith('written by hand, inferred');
}

function generatorOf(name: string): string {
  const text = readFileSync(new URL(`../../src/schemas/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { generatedBy: string }).generatedBy;
}

function everyAttribute(type: ResourceType): Attribute[] {
  const below = (attribute: Attribute): Attribute[] => [attribute, ...attribute.subAttributes.flatMap(below)];
  return type.attributes.flatMap(below);
}

describe('the resource types', () => {
  it.each([
    ['ApiKey', 40, 1],
    ['App', 409, 13],
    ['AppRole', 52, 0],
    ['BrandingSettings', 62, 0],
    ['Grant', 54, 0],
    ['Group', 93, 6],
    ['IdentityPropagationTrust', 62, 0],
    ['OAuthClientCertificate', 41, 0],
    ['OAuthConsent', 40, 0],
    ['OAuthPartnerCertificate', 41, 0],
    ['PasswordPolicy', 73, 0],
    ['Settings', 117, 1],
    ['SsoSettings', 33, 0],
    ['User', 334, 20],
    ['UserPasswordChanger', 35, 1],
  ])('%s has %i attributes and %i extensions', (name, attributes, extensions) => {
    const type = resourceType(name);
    expect(everyAttribute(type)).toHaveLength(attributes);
    expect(type.extensions).toHaveLength(extensions);
  });

  it('are as many as there are files', () => {
    const files = readdirSync(new URL('../../src/schemas/', import.meta.url))
      .filter((file) => file.endsWith('.json') && /^[A-Z]/.test(file))
      .map((file) => file.slice(0, -'.json'.length));
    expect(resourceTypeNames()).toEqual(files.sort());
    for (const name of resourceTypeNames()) {
      const { base, endpoint } = resourceType(name);
      expect(resourceTypeByPath(`${base}${endpoint}`)).toBe(resourceType(name));
      const atAdmin = resourceTypeByEndpoint(endpoint.slice(1));
      expect(atAdmin).toBe(base === '/admin/v1' ? resourceType(name) : undefined);
    }
  });

  it('have generated files that nobody edited by hand', () => {
    for (const name of [...resourceTypeNames(), 'known-endpoints']) {
      const text = readFileSync(new URL(`../../src/schemas/${name}.json`, import.meta.url), 'utf8');
      if (!isWrittenByHand(name)) expect(generatorOf(name)).toContain('scripts/convert-schemas.ts');
      expect(toLines(JSON.parse(text)) === text, `${name}.json is not as the converter writes it`).toBe(true);
    }
  });

  it('are unknown under any other name', () => {
    expect(() => resourceType('Toaster')).toThrow('no resource type Toaster');
    expect(resourceTypeByEndpoint('users')).toBeUndefined();
    expect(resourceTypeByEndpoint('__proto__')).toBeUndefined();
  });

  it.each(resourceTypeNames())('%s: every attribute resolves by its path, in upper case too', (name) => {
    const type = resourceType(name);
    for (const attribute of everyAttribute(type)) {
      expect(type.resolve(attribute.path)).toBe(attribute);
      expect(type.resolve(attribute.path.toUpperCase())).toBe(attribute);
      if (attribute.extension === null) expect(type.resolve(`${type.schema}:${attribute.path}`)).toBe(attribute);
    }
  });

  it.each(resourceTypeNames())('%s: composite keys name sub-attributes', (name) => {
    for (const attribute of everyAttribute(resourceType(name))) {
      for (const key of attribute.compositeKey) expect(attribute.sub(key), `${attribute.path}.${key}`).toBeDefined();
    }
  });

  it.each(resourceTypeNames())('%s: defaults are of the type of their attribute', (name) => {
    const type = resourceType(name);
    for (const [path, value] of Object.entries(type.overlay.defaults ?? {})) {
      const attribute = type.resolve(path)!;
      expect(Array.isArray(value), path).toBe(attribute.multiValued);
      // Checked as what a client sends is, which may not have the readOnly parts that a default has.
      const accepted = convertValue(attribute, value);
      if (attribute.type === 'complex') expect(value, path).toMatchObject(accepted as object);
      else expect(accepted, path).toEqual(value);
    }
  });

  it.each(resourceTypeNames())('%s: columns are single simple values of the core schema', (name) => {
    const type = resourceType(name);
    for (const path of Object.values(type.overlay.columns ?? {})) {
      const attribute = type.resolve(path)!;
      expect(attribute).toMatchObject({ multiValued: false, extension: null, parent: null });
      expect(attribute.type).not.toBe('complex');
    }
  });

  it('keep members as edges, and views as computed values', () => {
    expect(resourceType('Group').core('members')?.edge).toEqual({ kind: 'member', end: 'source' });
    expect(resourceType('User').core('groups')?.edge).toMatchObject({ kind: 'member', end: 'target' });
    expect(resourceType('AppRole').core('members')?.edge).toEqual({ kind: 'appRole', end: 'source' });
    expect(resourceType('User').resolve(`${ORACLE}:user:User:appRoles`)?.storage).toBe('computed');
    expect(resourceType('App').core('grantedAppRoles')?.edge).toEqual({ kind: 'appRole', end: 'target' });
    expect(resourceType('App').core('clientSecret')?.storage).toBe('computed');
  });

  it('never keep what is never returned', () => {
    for (const name of resourceTypeNames()) {
      for (const attribute of everyAttribute(resourceType(name))) {
        if (attribute.returned === 'never') expect(attribute.storage, attribute.path).toBe('transient');
      }
    }
  });

  it('show by default what the printed answers show (CNC Console guide 3.2, 3.4, 3.7)', () => {
    const printed = {
      User: [
        'id',
        'ocid',
        'userName',
        'active',
        'displayName',
        'name.formatted',
        'emails.verified',
        'emails.secondary',
        'meta.version',
        'idcsCreatedBy.ocid',
        'idcsLastModifiedBy.$ref',
        'domainOcid',
        `${ORACLE}:user:User:preferredUiLandingPage`,
        `${ORACLE}:user:User:isFederatedUser`,
        `${ORACLE}:userState:User:locked.on`,
        `${ORACLE}:mfa:User:preferredDevice.$ref`,
        `${ORACLE}:mfa:User:loginAttempts`,
        `${ORACLE}:mfa:User:mfaStatus`,
        `${ORACLE}:OCITags:definedTags.namespace`,
        `${ORACLE}:capabilities:User:canUseDbCredentials`,
      ],
      Group: [
        'id',
        'ocid',
        'displayName',
        'externalId',
        `${ORACLE}:group:Group:description`,
        `${ORACLE}:dynamic:Group:membershipType`,
        `${ORACLE}:OCITags:definedTags.key`,
      ],
    };
    for (const [name, paths] of Object.entries(printed)) {
      for (const path of paths) {
        expect(['always', 'default'], `${name} ${path}`).toContain(resourceType(name).resolve(path)?.returned);
      }
    }
    expect(resourceType('Group').core('members')?.returned).toBe('request');
  });
});

describe('the known endpoints', () => {
  const byPath = new Map(knownEndpoints().map((endpoint) => [endpoint.path, endpoint]));

  it('hold every built type with its operations', () => {
    for (const name of resourceTypeNames()) {
      const type = resourceType(name);
      const endpoint = byPath.get(`${type.base}${type.endpoint}`);
      if (isWrittenByHand(name)) continue;
      expect(endpoint?.resourceType).toBe(name);
      // What an overlay says about operations has evidence of its own.
      if (type.overlay.operations !== undefined) continue;
      expect(new Set(endpoint?.routes.flatMap((route) => route.operation ?? []))).toEqual(type.operations);
    }
  });

  it.each([
    ['GET', '/admin/v1/SigningCert/jwk'],
    ['POST', '/admin/v1/Bulk'],
    ['GET', '/admin/v1/IdentityProviders/{id}'],
    ['POST', '/admin/v1/MyAuthenticationFactorEnroller'],
    ['PUT', '/admin/v1/MePasswordChanger'],
    ['PATCH', '/admin/v1/Me'],
    ['POST', '/job/v1/JobSchedules'],
    ['PATCH', '/mfa/v1/users/{id}/factors/{id}'],
    ['POST', '/sso/v1/sdk/authenticate'],
    ['POST', '/storage/v1/Files'],
    ['POST', '/report/v1/Reports'],
    ['POST', '/oauth2/v1/revoke'],
    ['GET', '/.well-known/openid-configuration'],
  ])('hold %s %s', (method, path) => {
    const routes = knownEndpoints().flatMap((endpoint) => endpoint.routes);
    expect(routes).toContainEqual(expect.objectContaining({ method, path }));
  });

  it('are listed once each, in order, with routes below their path', () => {
    const paths = knownEndpoints().map((endpoint) => endpoint.path);
    expect(paths).toEqual([...new Set(paths)].sort());
    for (const { path, routes } of knownEndpoints()) {
      expect(routes.length).toBeGreaterThan(0);
      for (const route of routes) expect(route.path === path || route.path.startsWith(`${path}/`)).toBe(true);
    }
  });
});
