import { existsSync, readFileSync } from 'node:fs';
import { schemaFile } from '../package-files.ts';
import { compileResourceType } from '../scim/compile.ts';
import type { Operation, ResourceType, ResourceTypeDefinition, ResourceTypeOverlay } from '../scim/schema.ts';

/** A route of an endpoint. `{id}` stands for any one segment. */
export interface KnownRoute {
  readonly method: string;
  /** Whole path: `/admin/v1/Users/{id}`. */
  readonly path: string;
  /** The SCIM operation, where the endpoint is a resource type's. */
  readonly operation?: Operation;
}

/** An endpoint of the real service, built here or not. */
export interface KnownEndpoint {
  /** `/admin/v1/Users`, `/job/v1/JobSchedules`, `/oauth2/v1/token`. */
  readonly path: string;
  /** Name of the resource type it serves (`User`); null for what is not SCIM. */
  readonly resourceType: string | null;
  readonly routes: readonly KnownRoute[];
}

/** The types that have a definition here, with the last segment of their endpoint. A test keeps it equal to the files. */
const ENDPOINTS: ReadonlyMap<string, string> = new Map([
  ['ApiKey', 'ApiKeys'],
  ['App', 'Apps'],
  ['AppRole', 'AppRoles'],
  ['BrandingSettings', 'BrandingSettings'],
  ['CustomClaim', 'CustomClaims'],
  ['Grant', 'Grants'],
  ['Group', 'Groups'],
  ['IdentityPropagationTrust', 'IdentityPropagationTrusts'],
  ['OAuthClientCertificate', 'OAuthClientCertificates'],
  ['OAuthConsent', 'OAuthConsents'],
  ['OAuthPartnerCertificate', 'OAuthPartnerCertificates'],
  ['PasswordPolicy', 'PasswordPolicies'],
  ['Settings', 'Settings'],
  ['SsoSettings', 'SsoSettings'],
  ['User', 'Users'],
  ['UserPasswordChanger', 'UserPasswordChanger'],
]);
const NAMES_BY_ENDPOINT: ReadonlyMap<string, string> = new Map(
  [...ENDPOINTS].map(([name, segment]) => [segment, name]),
);

// Compiled at first use: a start should not pay for types that nobody asks for.
const compiled = new Map<string, ResourceType>();
let endpoints: readonly KnownEndpoint[] | undefined;

/**
 * The compiled form of a resource type.
 *
 * @param name `User`, `Group` ...
 * @throws Error when there is no such type: a mistake in this program, never in a request
 */
export function resourceType(name: string): ResourceType {
  const known = compiled.get(name);
  if (known !== undefined) return known;
  if (!ENDPOINTS.has(name)) throw new Error(`no resource type ${name}`);
  const definition = readJson(`${name}.json`) as ResourceTypeDefinition;
  const overlay = readJson(`overlays/${name}.json`) as ResourceTypeOverlay | undefined;
  const type = compileResourceType(definition, overlay ?? {});
  compiled.set(name, type);
  return type;
}

/** The type served below `/admin/v1/<segment>`, exact case; undefined when none is. */
export function resourceTypeByEndpoint(segment: string): ResourceType | undefined {
  const name = NAMES_BY_ENDPOINT.get(segment);
  return name === undefined ? undefined : resourceType(name);
}

/** Names of all types that have a definition, in alphabetical order. */
export function resourceTypeNames(): string[] {
  return [...ENDPOINTS.keys()];
}

/** Every endpoint of the real service, for 501 answers and docs/coverage.md. */
export function knownEndpoints(): readonly KnownEndpoint[] {
  endpoints ??= (readJson('known-endpoints.json') as { endpoints: KnownEndpoint[] }).endpoints;
  return endpoints;
}

function readJson(file: string): unknown {
  const url = schemaFile(file);
  if (!existsSync(url)) return undefined;
  return JSON.parse(readFileSync(url, 'utf8'));
}
