import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KnownEndpoint, KnownRoute } from '../src/schemas/registry.ts';
import type { AttributeDefinition, Operation } from '../src/scim/schema.ts';

/** A resource type as the reference writes it. */
export interface ReferenceType {
  readonly endpoint: string;
  readonly base?: string;
  readonly schema: string;
  readonly kind: string;
  readonly operations: readonly Operation[];
  readonly operationsInferred?: readonly Operation[];
  readonly forceDelete?: boolean;
  readonly attributes: readonly AttributeDefinition[];
  readonly extensions?: { readonly [urn: string]: readonly AttributeDefinition[] };
}

/** Routes that the documentation names in prose only (oauth.md, scim.md §13, flows.md). */
const DOCUMENTED: readonly (readonly [string, string])[] = [
  ['POST', '/admin/v1/Bulk'],
  ['GET', '/admin/v1/SigningCert/jwk'],
  ['GET', '/admin/v1/ServiceProviderConfig'],
  ['GET', '/admin/v1/ResourceTypes'],
  ['GET', '/admin/v1/ResourceTypes/{id}'],
  ['GET', '/admin/v1/FeatureInfos'],
  ['GET', '/admin/v1/TenantSchemas/{id}'],
  ['GET', '/oauth2/v1/authorize'],
  ['POST', '/oauth2/v1/authorize'],
  ['GET', '/oauth2/v1/consent'],
  ['POST', '/oauth2/v1/consent'],
  ['POST', '/oauth2/v1/token'],
  ['POST', '/oauth2/v1/introspect'],
  ['POST', '/oauth2/v1/revoke'],
  ['POST', '/oauth2/v1/device'],
  ['GET', '/oauth2/v1/userinfo'],
  ['POST', '/oauth2/v1/userinfo'],
  ['GET', '/oauth2/v1/userlogout'],
  ['POST', '/oauth2/v1/userlogout'],
  ['GET', '/oauth2/v1/social/callback'],
  ['GET', '/sso/v1/user/logout'],
  ['POST', '/sso/v1/sdk/secure/session'],
  ['POST', '/sso/v1/sdk/secure/idp'],
  ['GET', '/fed/v1/metadata'],
  ['GET', '/fed/v1/sp/sso'],
  ['POST', '/fed/v1/sp/sso'],
  ['GET', '/fed/v1/sp/slo'],
  ['POST', '/fed/v1/sp/slo'],
  ['GET', '/ui/v1/signin'],
  ['GET', '/ui/v1/myconsole'],
  ['GET', '/ui/v1/myconsole/consent'],
  ['GET', '/ui/v1/device'],
  ['GET', '/ui/v1/error'],
];

/**
 * Types that the reference names but doesn't print; the published REST reference lists their operations, and of the administrator's
 * factor functions the AppRole tables.
 */
const PUBLISHED: readonly (readonly [type: string, endpoint: string, operations: readonly Operation[]])[] = [
  ['AuthenticationFactorEnroller', '/AuthenticationFactorEnroller', ['create']],
  ['AuthenticationFactorInitiator', '/AuthenticationFactorInitiator', ['create']],
  ['AuthenticationFactorValidator', '/AuthenticationFactorValidator', ['create']],
  ['HTTPAuthenticator', '/HTTPAuthenticator', ['create']],
  ['AppTemplate', '/AppTemplates', ['list', 'search', 'get', 'create', 'put', 'patch', 'delete']],
];

/**
 * Every endpoint that the reference knows: the SCIM types, the SDK's operations (operations.tsv), the recorded requests
 * (endpoints.tsv), those that only the AppRole tables name, and the ones documented in prose.
 */
export function collectEndpoints(types: ReadonlyMap<string, ReferenceType>, directory: string): KnownEndpoint[] {
  const endpoints = new Map<string, { resourceType: string | null; routes: Map<string, KnownRoute> }>();
  const add = (method: string, path: string, resourceType: string | null, operation: Operation | null): void => {
    const { endpoint, route } = split(path);
    let known = endpoints.get(endpoint);
    if (known === undefined) {
      known = { resourceType, routes: new Map() };
      endpoints.set(endpoint, known);
    }
    const key = `${method} ${route}`;
    if (!known.routes.has(key))
      known.routes.set(key, { method, path: route, ...(operation === null ? {} : { operation }) });
  };
  for (const [name, type] of types) {
    const base = `${type.base ?? '/admin/v1'}${type.endpoint}`;
    for (const operation of [...type.operations, ...(type.operationsInferred ?? [])]) {
      for (const [method, path] of routesOf(type, operation)) add(method, base + path, name, operation);
    }
  }
  for (const [name, endpoint, operations] of PUBLISHED) {
    for (const operation of operations) {
      for (const [method, path] of routesOf({ kind: 'collection' }, operation)) {
        add(method, `/admin/v1${endpoint}${path}`, name, operation);
      }
    }
  }
  for (const [, method, path, resourceType] of rows(directory, 'operations.tsv')) {
    add(method ?? '', path ?? '', resourceType ?? null, null);
  }
  for (const [method, path] of rows(directory, 'endpoints.tsv')) {
    if (method !== 'OPTIONS' && path?.startsWith('/')) add(method ?? '', path, null, null);
  }
  for (const [method, path] of DOCUMENTED) add(method, path, null, null);
  for (const { endpoint, verbs } of roleEndpoints(directory)) {
    if (endpoints.has(split(endpoint).endpoint)) continue;
    for (const verb of verbs) {
      if (verb === 'POST/.search') add('POST', `${endpoint}/.search`, null, null);
      else if (verb === 'POST') add('POST', endpoint, null, null);
      else {
        add(verb, `${endpoint}/{id}`, null, null);
        if (verb === 'GET') add(verb, endpoint, null, null);
      }
    }
  }
  return [...endpoints]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { resourceType, routes }]) => ({
      path,
      resourceType,
      routes: [...routes.values()].sort((a, b) => (a.path + a.method < b.path + b.method ? -1 : 1)),
    }));
}

/** Where an operation of a type is asked for, below the type's endpoint. */
function routesOf(type: Pick<ReferenceType, 'kind'>, operation: Operation): [string, string][] {
  const single = type.kind === 'self' || type.kind === 'action';
  switch (operation) {
    case 'list':
      return [['GET', '']];
    case 'search':
      return [['POST', '/.search']];
    case 'create':
      return [['POST', '']];
    case 'get':
      return [['GET', type.kind === 'self' ? '' : '/{id}']];
    case 'put':
      return [['PUT', single ? '' : '/{id}']];
    case 'patch':
      return [['PATCH', single ? '' : '/{id}']];
    case 'delete':
      return [['DELETE', '/{id}']];
  }
}

/** `/admin/v1/Users/{id}` is the route `/Users/{id}` of the endpoint `/admin/v1/Users`; other families keep whole paths. */
function split(path: string): { endpoint: string; route: string } {
  const parts = path
    .replace(/\{[^}]*\}/g, '{id}')
    .split('/')
    .slice(1);
  if (parts[0] === '.well-known') return { endpoint: `/${parts.join('/')}`, route: `/${parts.join('/')}` };
  const endpoint = `/${parts.slice(0, 3).join('/')}`;
  // Recorded ids of shipped objects (AllowedValues/supportedLocales) are ids.
  if (parts[0] === 'admin' && parts.length === 4 && parts[3] !== '.search' && parts[2] !== 'SigningCert')
    parts[3] = '{id}';
  return { endpoint, route: `/${parts.join('/')}` };
}

function rows(directory: string, file: string): string[][] {
  const [, ...lines] = readFileSync(join(directory, file), 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.split('\t'));
}

/** Endpoints that stand in the AppRole tables, with all verbs that some role may use. */
function roleEndpoints(directory: string): { endpoint: string; verbs: Set<string> }[] {
  const roles = JSON.parse(readFileSync(join(directory, 'approles.json'), 'utf8')) as Record<string, unknown>;
  const found = new Map<string, Set<string>>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (typeof value === 'object' && value !== null) {
      const { endpoint, operations } = value as { endpoint?: unknown; operations?: unknown };
      if (typeof endpoint === 'string' && endpoint.startsWith('/') && Array.isArray(operations)) {
        const verbs = found.get(endpoint) ?? new Set<string>();
        for (const verb of operations) if (typeof verb === 'string') verbs.add(verb);
        found.set(endpoint, verbs);
      } else Object.values(value).forEach(visit);
    }
  };
  for (const [name, tables] of Object.entries(roles)) if (name !== '_meta') visit(tables);
  return [...found].map(([endpoint, verbs]) => ({ endpoint, verbs }));
}
